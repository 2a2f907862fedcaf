import { tfjs } from '@fn/backend-tfjs'
import { prove, webglDevice } from '@fn/vitest'
import { webglFailures } from '../known-failures.ts'

prove(await tfjs('webgl'), { slow: true, device: webglDevice(), knownFailures: webglFailures })
