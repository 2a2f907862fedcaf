import { type HostArray, inferenceProgram, type Model, type TensorType } from '@fn/core'
import { programToOnnx } from '@fn/onnx'

export interface FileOptions {
  readonly opset?: number
}

/** A model at types of its inputs, as the bytes of an ONNX file. */
export function toFile(model: Model, types: readonly TensorType[], { opset }: FileOptions): Uint8Array {
  const { program, weights } = inferenceProgram(model, types)
  const initializers = Object.fromEntries(
    weights.map(({ path, variable }): [string, HostArray] => [path, variable.value]),
  )
  return programToOnnx(program, { name: model.name, initializers, ...(opset !== undefined && { opset }) })
}
