export { type OnnxruntimeOptions, onnxruntime, type Provider } from './onnxruntime.ts'
