import { type HostArray, inferenceProgram, type Model, type TensorType, trainingProgram } from '@fn/core'
import {
  type OnnxFiles,
  type OnnxFilesOptions,
  type OnnxOptions,
  programToOnnx,
  programToOnnxFiles,
} from './program-to-onnx.ts'

export interface ToOnnxOptions extends OnnxOptions {
  /** The number of samples that the file takes at once; without it any number, as a dimension named `batch`. */
  readonly batch?: number
  /** The types of all inputs, in order, where sizes that the model leaves open are fixed or have other names. */
  readonly inputs?: readonly TensorType[]
  /**
   * Whether the file is a step of training instead, as `trainingProgram` of core writes it: its state goes in and comes
   * out as `NAME/next`, with the loss of the batch. Of a compiled model.
   */
  readonly training?: boolean
}

/**
 * A model, with its weights, as the bytes of an ONNX file for inference. Inputs and outputs are named as in the model,
 * weights by their paths (`dense_1/kernel`), nodes by layer and operator (`dense_1/MatMul`).
 *
 * What follows from weights alone is worked out beforehand, batch normalization goes into the weights before it, and
 * images stay channels first from end to end.
 *
 * @throws FnError for an opset that can not be written, or weights of more than 2 GB
 * @throws ConfigError for the training of a model that is not compiled with a loss
 * @example
 * writeFileSync('classifier.onnx', toOnnx(classifier, { opset: 17 }))
 */
export function toOnnx(model: Model, options: ToOnnxOptions = {}): Uint8Array {
  const traced = trace(model, options)
  return programToOnnx(traced.program, traced.options)
}

/**
 * The same as a model and, where that is asked for or the weights exceed 2 GB, a file of weights next to it.
 *
 * @throws FnError for an opset that can not be written
 * @example
 * const { model, data, dataPath } = toOnnxFiles(classifier, { externalData: true })
 * writeFileSync('classifier.onnx', model)
 * if (data) writeFileSync(dataPath, data)
 */
export function toOnnxFiles(model: Model, options: ToOnnxOptions & OnnxFilesOptions = {}): OnnxFiles {
  const traced = trace(model, options)
  return programToOnnxFiles(traced.program, traced.options)
}

function trace<Options extends ToOnnxOptions>(
  model: Model,
  { batch, inputs, training, ...options }: Options,
) {
  const own = model.inputPorts.map(({ tensor: { dims: shape, dtype } }) => ({ shape, dtype }))
  const types = (inputs ?? own).map(({ shape, dtype }) => ({
    shape: shape.map((dim) => (dim === 'batch' && batch !== undefined ? batch : dim)),
    dtype,
  }))
  const parameters = model.weights.reduce((sum, { variable }) => sum + variable.size, 0)
  const label = `${model.label}: ${model.layers.length} layers, ${parameters.toLocaleString('en')} parameters.`
  const { name } = model
  if (training) {
    const { program } = trainingProgram(model, types)
    return { program, options: { name, docString: `A step of training. ${label}`, ...options } }
  }
  const { program, weights } = inferenceProgram(model, types)
  const initializers = Object.fromEntries(
    weights.map(({ path, variable }): [string, HostArray] => [path, variable.value]),
  )
  const inputTypes = Object.fromEntries(
    model.inputPorts.map((port, i) => {
      const { dataType, tensor } = port
      // A type that is asked for stands.
      return [port.name, types[i]!.dtype === tensor.dtype ? dataType : types[i]!.dtype] as const
    }),
  )
  return { program, options: { name, docString: label, ...options, initializers, inputTypes } }
}
