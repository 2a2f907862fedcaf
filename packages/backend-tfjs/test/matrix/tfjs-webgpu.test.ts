import { tfjs } from '@fn/backend-tfjs'
import { prove, webgpuDevice } from '@fn/vitest'

prove(await tfjs('webgpu'), { slow: true, device: await webgpuDevice() })
