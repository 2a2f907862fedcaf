import { onnxruntime } from '@fn/backend-onnxruntime'
import { reference } from '@fn/backend-reference'
import {
  type Backend,
  Builder,
  type HostArray,
  input,
  layers,
  type Model,
  model,
  type Optimizer,
  optimizers,
  type Value,
} from '@fn/core'
import { splatsOf, splitTail } from '@fn/fuse'
import { describe, expect, it } from 'vitest'
import { tailOf } from '../src/tail.ts'

const [ROWS, WIDTH] = [12, 80]

const table = (rows: number, columns: number): HostArray => ({
  shape: [rows, columns],
  dtype: 'float32',
  data: Float32Array.from({ length: rows * columns }, (_, at) => Math.sin(at * 1.7)),
})
const [x, y] = [table(ROWS, WIDTH), table(ROWS, 3)]

/** Its kernels hold more elements than it takes for their update to be a tail. */
function wide(): Model {
  const rows = input({ shape: [WIDTH] })
  const made = rows.pipe(
    layers.dense({ units: WIDTH, activation: 'tanh', kernelInitializer: 'glorotUniform' }),
    layers.dense({ units: WIDTH, activation: 'tanh' }),
    layers.dense({ units: 3 }),
  )
  return model({ inputs: rows, outputs: made }) as Model
}

const start = wide().getWeights()

/** The weights after two epochs, whose last batch is smaller, with predictions and a change of the weights between. */
async function trained(backend: Backend, optimizer: () => Optimizer): Promise<readonly HostArray[]> {
  const made = wide()
  made.setWeights(start)
  made.compile({ backend, optimizer: optimizer(), loss: 'mse' })
  const fit = () => made.fit(x as never, y as never, { batchSize: 5, shuffle: false, verbose: 'silent' })
  await fit()
  await made.predict(x as never)
  made.setWeights(
    made.getWeights().map((array) => ({ ...array, data: array.data.map((v) => v * 0.5) })) as never,
  )
  await fit()
  const weights = made.getWeights()
  await made.dispose()
  return weights
}

const largestDifference = (a: readonly HostArray[], b: readonly HostArray[]): number =>
  Math.max(...a.flatMap(({ data }, at) => Array.from(data, (value, i) => Math.abs(value - b[at]!.data[i]!))))

// Of a slope near 0 the rounding is left, which a small epsilon would blow up.
const epsilon = 1e-4
const makers = {
  adam: () => optimizers.adam({ learningRate: 0.01, epsilon }),
  rmsprop: () => optimizers.rmsprop({ learningRate: 0.01, momentum: 0.9, epsilon }),
  sgd: () => optimizers.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
}

describe('the slopes of a table', () => {
  const [words, sentences, length] = [50, 12, 7]
  const text: HostArray = {
    shape: [sentences, length],
    dtype: 'int32',
    data: Int32Array.from({ length: sentences * length }, (_, at) => (at * at) % words),
  }
  const reader = (): Model => {
    const [early, late] = [
      input({ shape: [length], dtype: 'int32' }),
      input({ shape: [length], dtype: 'int32' }),
    ]
    // A table that is read twice, and one whose rows are no multiple of four.
    const shared = layers.embedding({ inputDim: words, outputDim: 6 })
    const own = layers.embedding({ inputDim: words, outputDim: 5 })
    const both = layers.concatenate()([shared(early), shared(late), own(late)])
    return model({
      inputs: [early, late],
      outputs: layers.dense({ units: 3 })(layers.globalAveragePooling1d()(both)),
    }) as unknown as Model
  }
  const weights = reader().getWeights()

  it.each(Object.entries(makers))('%s moves it as that of the reference does', async (_, make) => {
    const runs: (readonly HostArray[])[] = []
    for (const backend of [await reference(), await onnxruntime('cpu')]) {
      const made = reader()
      made.setWeights(weights)
      made.compile({ backend, optimizer: make(), loss: 'mse' })
      await made.fit([text, text] as never, y as never, {
        epochs: 3,
        batchSize: 5,
        shuffle: false,
        verbose: 'silent',
      })
      runs.push(made.getWeights())
      await made.dispose()
    }
    const [expected, found] = [runs[0]!, runs[1]!]
    const moved = largestDifference(expected, weights)
    expect(moved).toBeGreaterThan(0.01)
    expect(largestDifference(expected, found) / moved).toBeLessThan(1e-4)
  })
})

describe('the update of large weights', () => {
  it.each(Object.entries(makers))('%s is that of the reference', async (_, make) => {
    const expected = await trained(await reference(), make)
    const found = await trained(await onnxruntime('cpu'), make)
    const moved = largestDifference(expected, start)
    expect(moved).toBeGreaterThan(0.01)
    expect(largestDifference(expected, found) / moved).toBeLessThan(1e-4)
  })

  it('is the same in a worker, bit for bit', async () => {
    const here = await trained(await onnxruntime('cpu'), makers.adam)
    const worker = await onnxruntime('cpu', { worker: true })
    const there = await trained(worker, makers.adam)
    await worker.dispose()
    expect(largestDifference(here, there)).toBe(0)
  })
})

describe('state', () => {
  const matrix = { contract: [[1], [0]], batch: [[], []] } as const

  it('stays where it is, also where there is more of its shape', () => {
    const b = new Builder()
    const given = (name: string) => b.input({ shape: [8, 8], dtype: 'float32' }, name)
    const x = given('x')
    // The weights first, then their means; the outputs one weight with its mean after the other.
    const weights = ['w1', 'w2', 'w3'].map(given)
    const means = ['m1', 'm2', 'm3'].map(given)
    const outputs = weights.flatMap((weight, at) => {
      const mean = b.add(means[at]!, b.mul(b.sub(b.dot(x, weight, matrix), means[at]!), 0.1))
      return [b.sub(weight, mean), mean]
    })
    const names = ['w1', 'm1', 'w2', 'm2', 'w3', 'm3']
    const program = b.build(Object.fromEntries(names.map((name, at) => [name, outputs[at]!])))
    const splat = splatsOf(program)
    const donated = new Set([...weights, ...means].map(({ id }) => id))
    const { inputs, kept } = tailOf(splitTail(program, splat)!.tail, donated, splat)
    const before = Object.fromEntries(inputs.map(({ name, address }) => [name, address]))
    expect(kept.map(({ name }) => name)).toEqual(names)
    for (const { name, address } of kept) expect(address).toBe(before[name])
  })

  it('that is read, and not taken over, is not written over', async () => {
    const backend = await onnxruntime('cpu')
    const b = new Builder()
    const [x, w, other] = ['x', 'w', 'other'].map((name) =>
      b.input({ shape: [8, 8], dtype: 'float32' }, name),
    )
    const program = b.build({ w: b.add(b.sub(w!, b.dot(x!, x!, matrix)), other!) })
    const executable = await backend.compile(program, { donate: [1] })
    const filled = (value: number) =>
      backend.upload({ shape: [8, 8], dtype: 'float32', data: new Float32Array(64).fill(value) })
    // Products are 8.
    const run = async (...inputs: Parameters<typeof executable.run>[0]) => {
      const [next] = await executable.run(inputs)
      return [next!, (await backend.download(next!)).data[0]] as const
    }
    const [first, eight] = await run(filled(1), filled(15), filled(1))
    expect(eight).toBe(8)
    const [second, two] = await run(filled(1), filled(2), first)
    expect(two).toBe(2)
    expect((await backend.download(first)).data[0]).toBe(8)
    const [, both] = await run(filled(1), first, second)
    expect(both).toBe(2)
    await backend.dispose()
  })

  it('may change places', async () => {
    const backend = await onnxruntime('cpu')
    const b = new Builder()
    const [x, one, two] = ['x', 'one', 'two'].map((name) =>
      b.input({ shape: [8, 8], dtype: 'float32' }, name),
    )
    // Each is read by the session, and moved by the tail.
    const moved = (w: Value) => b.sub(w, b.dot(x!, w, matrix))
    const program = b.build({ one: moved(one!), two: moved(two!) })
    const executable = await backend.compile(program, { donate: [1, 2] })
    const filled = (value: number) =>
      backend.upload({ shape: [8, 8], dtype: 'float32', data: new Float32Array(64).fill(value) })
    const first = await executable.run([filled(1), filled(1), filled(10)])
    const second = await executable.run([filled(1), first[1]!, first[0]!])
    const values = await Promise.all(second.map(async (tensor) => (await backend.download(tensor)).data[0]))
    // w − 8 w, twice.
    expect(values).toEqual([490, 49])
    await backend.dispose()
  })

  it('fades to 0 at the same steps, also when somebody else goes on', async () => {
    const backend = await onnxruntime('cpu')
    const b = new Builder()
    const [x, mean] = ['x', 'mean'].map((name) => b.input({ shape: [8, 8], dtype: 'float32' }, name))
    const count = b.input({ shape: [], dtype: 'int32' }, 'count')
    const next = b.add(mean!, b.mul(b.sub(b.dot(x!, x!, matrix), mean!), 0.1))
    const one = b.scalar(1, 'int32')
    const program = b.build({ mean: next, count: b.add(count, one) })
    const nothing: HostArray = { shape: [8, 8], dtype: 'float32', data: new Float32Array(64) }
    const start: readonly HostArray[] = [
      { ...nothing, data: Float32Array.from({ length: 64 }, (_, at) => 1 + Math.sin(at)) },
      { shape: [], dtype: 'int32', data: Int32Array.of(0) },
    ]
    /** The state after steps without slopes. */
    const after = async (steps: number, from: readonly HostArray[]): Promise<readonly HostArray[]> => {
      const executable = await backend.compile(program, { donate: [1, 2] })
      let state = from.map((array) => backend.upload(array))
      for (let step = 0; step < steps; step++)
        state = [...(await executable.run([backend.upload(nothing), ...state]))]
      executable.dispose()
      return Promise.all(state.map((tensor) => backend.download(tensor)))
    }
    const [before, end] = [660, 672]
    const whole = await after(end, start)
    // Some parts of it have been swept by then, and others not yet.
    expect(new Set(whole[0]!.data.map((value) => Number(value === 0)))).toEqual(new Set([0, 1]))
    for (const stop of [before, before + 1, before + 7]) {
      const resumed = await after(end - stop, await after(stop, start))
      expect(resumed).toEqual(whole)
    }
    await backend.dispose()
  })
})
