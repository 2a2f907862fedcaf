import { onnxruntime } from '@fn/backend-onnxruntime'
import { prove } from '@fn/vitest'

prove(await onnxruntime('webgpu'), { slow: true })
