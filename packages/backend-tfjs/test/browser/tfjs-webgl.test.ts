import { tfjs } from '@fn/backend-tfjs'
import { prove, webglDevice } from '@fn/vitest'
import { webglFailures } from '../known-failures.ts'

prove(await tfjs('webgl'), {
  slow: true,
  // Whole runs of training take minutes on an emulated GPU.
  quickParts: ['operations', 'layers', 'contract'],
  device: webglDevice(),
  knownFailures: webglFailures,
})
