import { onnxruntime } from '@fn/backend-onnxruntime'
import { prove } from '@fn/vitest'
import { onSwiftShader } from '../webgpu-failures.ts'

const emulated = process.env.VK_DRIVER_FILES?.includes('swiftshader') === true

prove(await onnxruntime('webgpu'), {
  slow: true,
  device: emulated ? 'SwiftShader' : 'GPU',
  knownFailures: emulated ? onSwiftShader('onnxruntime-node 1.30.0, SwiftShader of Chromium') : [],
})
