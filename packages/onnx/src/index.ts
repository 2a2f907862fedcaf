export { isNative, nativeComposites } from './ops/composites.ts'
export { defaultOpset } from './opset.ts'
export { type OnnxOptions, type ProgramToOnnxOptions, programToOnnx } from './program-to-onnx.ts'
export { type ToOnnxOptions, toOnnx } from './to-onnx.ts'
