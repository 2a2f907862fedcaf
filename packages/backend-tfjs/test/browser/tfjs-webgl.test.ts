import { tfjs } from '@fn/backend-tfjs'
import { prove, webglDevice } from '@fn/vitest'

prove(await tfjs('webgl'), { slow: true, device: webglDevice() })
