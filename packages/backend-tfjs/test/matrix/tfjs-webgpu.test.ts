import { tfjs } from '@fn/backend-tfjs'
import { prove, webgpuDevice } from '@fn/vitest'
import { webgpuFailures } from '../known-failures.ts'

prove(await tfjs('webgpu'), {
  slow: true,
  // Whole runs of training take minutes on an emulated GPU.
  quickParts: ['operations', 'layers', 'contract'],
  device: await webgpuDevice(),
  knownFailures: webgpuFailures,
})
