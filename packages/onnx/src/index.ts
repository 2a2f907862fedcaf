export { type AccuracyLossOptions, accuracyLoss, type Deviation } from './accuracy-loss.ts'
export { channelBlockProbe } from './channel-block.ts'
export { withEmptySequence } from './empty-sequence.ts'
export { isNative, nativeComposites } from './ops/composites.ts'
export { defaultOpset, opsets } from './opset.ts'
export { halfBits } from './precision/half.ts'
export {
  type OnnxFiles,
  type OnnxFilesOptions,
  type OnnxOptions,
  type OnnxTarget,
  type ProgramToOnnxOptions,
  programToOnnx,
  programToOnnxFiles,
} from './program-to-onnx.ts'
export { type ToOnnxOptions, toOnnx, toOnnxFiles } from './to-onnx.ts'
