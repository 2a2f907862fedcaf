import { onnxruntime } from '@fn/backend-onnxruntime'
import { prove, webgpuDevice } from '@fn/vitest'

prove(await onnxruntime('webgpu'), { slow: true, device: await webgpuDevice() })
