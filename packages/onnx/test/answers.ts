import { reference } from '@fn/backend-reference'
import { Generator, type HostArray, type Model, sizeOf } from '@fn/core'
import { InferenceSession, Tensor } from 'onnxruntime-node'

const oracle = await reference()

/** Gives a model weights with nothing special about them; what is a variance, or multiplies, is positive. */
export function randomize(made: Model, seed = 1): void {
  const generator = new Generator(seed)
  made.setWeights(
    made.weights.map(({ path, variable }) => {
      const { shape } = variable
      const isPositive = /gamma|variance/.test(path)
      const data = Float32Array.from(generator.normal(sizeOf(shape)), (value) =>
        isPositive ? 0.5 + Math.abs(value) : 0.3 * value,
      )
      return { shape, dtype: 'float32', data }
    }),
  )
}

/** Normal numbers for each input of a model, whose open axes get the given sizes. */
export function drawn(made: Model, sizes: readonly number[] = [2, 5], seed = 2): HostArray[] {
  const generator = new Generator(seed)
  return made.inputPorts.map(({ tensor: { dims, dtype } }) => {
    const open = [...sizes]
    const shape = dims.map((dim) => (typeof dim === 'number' ? dim : open.shift()!))
    const normal = generator.normal(sizeOf(shape))
    const data =
      dtype === 'int32'
        ? Int32Array.from(normal, (value) => Math.floor(Math.abs(value) * 2))
        : Float32Array.from(normal)
    return { shape, dtype, data }
  })
}

type Named = Readonly<Record<string, HostArray>>

/** A file made ready by ONNX Runtime: from inputs to outputs, by their names. */
export async function opened(
  bytes: Uint8Array,
  options?: InferenceSession.SessionOptions,
): Promise<(feeds: Named) => Promise<Named>> {
  const session = await sessionOf(bytes, options)
  return (feeds) => run(session, feeds)
}

// The models of tests are small: more threads would only wait for one another.
const sessionOf = (bytes: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession> =>
  InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1, ...options })

async function run(session: InferenceSession, feeds: Named): Promise<Named> {
  const given = Object.entries(feeds).map(([name, { dtype, data, shape }]) => [
    name,
    new Tensor(dtype as 'float32', data as Float32Array, shape),
  ])
  const found = await session.run(Object.fromEntries(given))
  return Object.fromEntries(
    Object.entries(found).map(([name, { dims, type, data }]) => [
      name,
      { shape: dims, dtype: type, data } as HostArray,
    ]),
  )
}

/** What ONNX Runtime answers, by the names of outputs. */
export async function answersOf(
  bytes: Uint8Array,
  feeds: Named,
  options?: InferenceSession.SessionOptions,
): Promise<Named> {
  const session = await sessionOf(bytes, options)
  try {
    return await run(session, feeds)
  } finally {
    await session.release()
  }
}

/**
 * How far what ONNX Runtime makes of a file of a model is from what the reference answers: the largest difference, as a
 * share of the answer where that is larger than 1.
 */
export async function distanceFromReference(
  made: Model,
  bytes: Uint8Array,
  inputs: readonly HostArray[] = drawn(made),
): Promise<number> {
  made.compile({ backend: oracle })
  const expected = [(await made.predict(inputs as never)) as unknown as HostArray].flat()
  await made.dispose()
  const feeds = made.inputPorts.map(({ name }, at) => [name, inputs[at]!])
  const found = await answersOf(bytes, Object.fromEntries(feeds))
  const differences = made.outputPorts.map(({ name }, output) => {
    const { data } = found[name]!
    return Array.from(
      expected[output]!.data,
      (value, at) => Math.abs(value - data[at]!) / Math.max(1, Math.abs(value)),
    ).reduce((a, b) => Math.max(a, b), 0)
  })
  return Math.max(...differences)
}
