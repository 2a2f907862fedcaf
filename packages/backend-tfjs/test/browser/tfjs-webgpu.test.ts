import { tfjs } from '@fn/backend-tfjs'
import { prove, webgpuDevice } from '@fn/vitest'
import { webgpuFailures } from '../known-failures.ts'

prove(await tfjs('webgpu'), {
  slow: true,
  // The kernels are those of Node, where layers are tried.
  quickParts: ['operations', 'contract'],
  device: await webgpuDevice(),
  knownFailures: webgpuFailures,
})
