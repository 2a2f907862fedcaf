export { isNative, nativeComposites } from './ops/composites.ts'
export { defaultOpset, opsets } from './opset.ts'
export {
  type OnnxOptions,
  type OnnxTarget,
  type ProgramToOnnxOptions,
  programToOnnx,
} from './program-to-onnx.ts'
export { type ToOnnxOptions, toOnnx } from './to-onnx.ts'
