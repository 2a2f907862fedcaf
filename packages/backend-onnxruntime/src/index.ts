export { onnxruntime } from './onnxruntime.ts'
export type { OnnxruntimeOptions, Provider } from './options.ts'
