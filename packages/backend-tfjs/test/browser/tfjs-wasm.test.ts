import { tfjs } from '@fn/backend-tfjs'
import { prove } from '@fn/vitest'

prove(await tfjs('wasm'), { slow: true })
