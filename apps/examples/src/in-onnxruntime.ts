import { InferenceSession, Tensor } from 'onnxruntime-node'

/** What ONNX Runtime makes of a file: its first output for its one input, batch by batch, row-major. */
export async function predictWithOnnx(
  file: string,
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array },
  batchSize = 1000,
): Promise<Float32Array> {
  const session = await InferenceSession.create(file)
  const [inputName, outputName] = [session.inputNames[0]!, session.outputNames[0]!]
  const [rows, ...sample] = shape as [number, ...number[]]
  const size = data.length / rows
  const parts: Float32Array[] = []
  for (let start = 0; start < rows; start += batchSize) {
    const count = Math.min(batchSize, rows - start)
    const batch = new Tensor('float32', data.slice(start * size, (start + count) * size), [count, ...sample])
    const outputs = await session.run({ [inputName]: batch })
    parts.push(outputs[outputName]!.data as Float32Array)
  }
  await session.release()
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => {
    all.set(part, at)
    return at + part.length
  }, 0)
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
