import { onnxruntime } from '@fn/backend-onnxruntime'
import { prove, webgpuDevice } from '@fn/vitest'
import { onSwiftShader } from '../webgpu-failures.ts'

const device = await webgpuDevice()
const emulated = /swiftshader/i.test(device)

prove(await onnxruntime('webgpu'), {
  slow: true,
  device,
  knownFailures: emulated ? onSwiftShader('onnxruntime-web 1.30.0, SwiftShader of Chromium') : [],
})
