import { type HostArray, inferenceProgram, type Model } from '@fn/core'
import { type OnnxOptions, programToOnnx } from './program-to-onnx.ts'

export interface ToOnnxOptions extends OnnxOptions {
  /** The number of samples that the file takes at once; without it any number, as a dimension named `batch`. */
  readonly batch?: number
}

/**
 * A model, with its weights, as the bytes of an ONNX file for inference. Inputs and outputs are named as in the model,
 * weights by their paths (`dense_1/kernel`), nodes by layer and operator (`dense_1/MatMul`).
 *
 * @throws FnError for an opset that can not be written
 * @example
 * writeFileSync('classifier.onnx', toOnnx(classifier, { opset: 17 }))
 */
export function toOnnx(model: Model, { batch, ...options }: ToOnnxOptions = {}): Uint8Array {
  const types = model.inputPorts.map(({ tensor: { dims, dtype } }) => ({
    shape: dims.map((dim) => (dim === 'batch' && batch !== undefined ? batch : dim)),
    dtype,
  }))
  const { program, weights } = inferenceProgram(model, types)
  const initializers = Object.fromEntries(
    weights.map(({ path, variable }): [string, HostArray] => [path, variable.value]),
  )
  return programToOnnx(program, { name: model.name, ...options, initializers })
}
