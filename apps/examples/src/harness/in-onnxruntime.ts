import { type HostArray, type Model, SymbolicTensor, type TypedNumbers } from '@fn/core'
import { InferenceSession, Tensor } from 'onnxruntime-node'

/**
 * How far the answers of ONNX Runtime for an exported model lie from the model's own, at most, over all outputs.
 *
 * @param samples whole samples for each input, in the order of the inputs
 */
export async function differenceInOnnx(
  model: Model,
  file: string,
  samples: readonly TypedNumbers[],
  batchSize = 1000,
): Promise<number> {
  const answers = await model.predict(samples, { batchSize })
  const own: readonly HostArray[] =
    model.outputs instanceof SymbolicTensor ? [answers as HostArray] : Object.values(answers)
  const inOnnx = await predictWithOnnx(model, file, samples, batchSize)
  return Math.max(...own.map(({ data }, at) => maxDifference(data, inOnnx[at]!)))
}

/** What ONNX Runtime makes of the file of a model: every output, batch by batch, row-major. */
async function predictWithOnnx(
  { inputPorts, outputPorts }: Model,
  file: string,
  samples: readonly TypedNumbers[],
  batchSize: number,
): Promise<readonly Float32Array[]> {
  const session = await InferenceSession.create(file)
  const inputs = inputPorts.map(({ name, tensor }, at) => {
    const sample = tensor.shape.slice(1) as readonly number[]
    const size = sample.reduce((product, dim) => product * dim, 1)
    return { name, sample, size, dtype: tensor.dtype, data: samples[at]! }
  })
  const rows = inputs[0]!.data.length / inputs[0]!.size
  const parts: Float32Array[][] = outputPorts.map(() => [])
  for (let start = 0; start < rows; start += batchSize) {
    const count = Math.min(batchSize, rows - start)
    const feeds = inputs.map(({ name, sample, size, dtype, data }) => {
      const batch = data.slice(start * size, (start + count) * size)
      const elements = dtype === 'int32' ? Int32Array.from(batch) : Float32Array.from(batch)
      return [name, new Tensor(dtype, elements, [count, ...sample])] as const
    })
    const outputs = await session.run(Object.fromEntries(feeds))
    outputPorts.forEach(({ name }, at) => {
      parts[at]!.push(outputs[name]!.data as Float32Array)
    })
  }
  await session.release()
  return parts.map(joined)
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** The largest distance between two arrays. NaN counts as infinitely far. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (let at = 0; at < a.length; at++) {
    const distance = Math.abs(a[at]! - b[at]!)
    if (!(distance <= largest)) largest = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
  }
  return largest
}
