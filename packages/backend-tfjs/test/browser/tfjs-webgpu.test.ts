import { tfjs } from '@fn/backend-tfjs'
import { prove, webgpuDevice } from '@fn/vitest'
import { webgpuFailures } from '../known-failures.ts'

prove(await tfjs('webgpu'), { slow: true, device: await webgpuDevice(), knownFailures: webgpuFailures })
