import { createReference } from '@fn/backend-reference'
import { type HostArray, input, layers, model, setRandomSeed } from '@fn/core'
import { beforeEach, describe, expect, it } from 'vitest'

beforeEach(() => {
  setRandomSeed(3)
})

const ids = (rows: number, steps: number, of = 9): { shape: number[]; data: Int32Array } => ({
  shape: [rows, steps],
  data: Int32Array.from({ length: rows * steps }, (_, at) => (at * 7 + 3) % of),
})

/** Sequences of any length to one number. */
function reader() {
  const words = input({ shape: [null], dtype: 'int32', name: 'words' })
  const score = words.pipe(
    layers.embedding({ inputDim: 9, outputDim: 4, maskZero: true, name: 'vectors' }),
    layers.lstm({ units: 3 }),
    layers.dense({ units: 1, name: 'score' }),
  )
  return model({ inputs: words, outputs: score, name: 'reader' })
}

describe('sequences of any length', () => {
  it('train batch by batch, each length with a program of its own', async () => {
    const net = reader()
    net.compile({ backend: createReference(), optimizer: 'sgd', loss: 'mse' })
    const batches = function* () {
      for (const steps of [4, 7, 4]) yield { x: ids(2, steps), y: [[0.5], [-0.5]] }
    }
    const { history } = await net.fit(batches, { epochs: 6, verbose: 'silent' })
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!)
    expect((await net.predict(ids(3, 11))).shape).toEqual([3, 1])
  })

  it('give the same whether padding is there or not', async () => {
    const net = reader()
    net.compile({ backend: createReference() })
    const short = await net.predict({ shape: [1, 3], data: Int32Array.of(4, 1, 8) })
    const padded = await net.predict({ shape: [1, 6], data: Int32Array.of(4, 1, 8, 0, 0, 0) })
    expect(padded.data[0]).toBeCloseTo(short.data[0]!, 12)
  })

  it('are refused where a number is no row, with the layer and the sample', async () => {
    const net = reader()
    net.compile({ backend: createReference(), loss: 'mse' })
    const x = { shape: [2, 3], data: Int32Array.of(1, 2, 3, 4, 9, 5) }
    await expect(net.fit(x, [[0], [1]], { verbose: 'silent' })).rejects.toThrow(
      'x "words": expected numbers from 0 to 8, as Embedding "vectors" has. Received: 9 in sample 1.',
    )
    await expect(net.predict(x)).rejects.toThrow('Received: 9 in sample 1.')
  })
})

describe('a stateful layer', () => {
  const signal = input({ shape: [2, 1], batchSize: 2, name: 'signal' })
  const memory = layers.gru({ units: 3, stateful: true })
  const net = model({ inputs: signal, outputs: memory(signal) })
  const whole = layers.gru({ units: 3 })
  const long = input({ shape: [4, 1] })
  const atOnce = model({ inputs: long, outputs: whole(long) })

  it('goes on where it stopped, until it is reset', async () => {
    net.compile({ backend: createReference() })
    atOnce.compile({ backend: createReference() })
    atOnce.setWeights(net.getWeights())
    const halves = [
      [
        [[0.1], [0.2]],
        [[-0.5], [0.3]],
      ],
      [
        [[0.7], [-0.2]],
        [[0.4], [0.9]],
      ],
    ]
    const first = await net.predict(halves[0]!)
    const second = await net.predict(halves[1]!)
    const both = halves[0]!.map((row, at) => [...row, ...halves[1]![at]!])
    const expected = await atOnce.predict(both)
    expect([...second.data]).toEqual([...expected.data])
    net.resetStates()
    expect([...(await net.predict(halves[0]!)).data]).toEqual([...first.data])
  })

  it('needs a fixed batch size', () => {
    expect(() => layers.lstm({ units: 2, stateful: true, name: 'm' })(input({ shape: [3, 1] }))).toThrow(
      'LSTM "m": expected a fixed batch size where states are kept: input({ batchSize }). Received: an open one.',
    )
  })
})

describe('mistakes with recurrent layers', () => {
  const x = input({ shape: [3, 2] })
  it('are told in one sentence', () => {
    expect(() => layers.lstm({ units: 2, name: 'm' })(input({ shape: [3] }))).toThrow(
      'LSTM "m": expected an input of rank 3. Received: [batch, 3].',
    )
    expect(() => layers.lstm({ units: 2, name: 'm' })(x, { initialState: input({ shape: [2] }) })).toThrow(
      'LSTM "m": expected 2 initial states. Received: 1.',
    )
    expect(() => layers.gru({ units: 2, name: 'm' })(x, { initialState: input({ shape: [5] }) })).toThrow(
      'GRU "m": expected initial state 0 of shape [batch, 2]. Received: [batch, 5].',
    )
    expect(() => layers.dense({ units: 2, name: 'd' })(x, { initialState: x })).toThrow(
      'Dense "d": expected no initialState, which is for recurrent layers.',
    )
    expect(() => layers.lstm({ units: 2, dropout: 2, name: 'm' })).toThrow(
      'expected dropout in [0, 1]. Received: 2.',
    )
    expect(() => layers.rnn({ cell: layers.dense({ units: 2 }) as never, name: 'r' })).toThrow(
      'RNN "r": expected a cell, or a list of cells.',
    )
    expect(() => layers.bidirectional(layers.dense({ units: 2 }) as never, { name: 'b' })).toThrow(
      'Bidirectional "b": expected recurrent layers.',
    )
  })
})

describe('class weights', () => {
  it('are told apart by output, and weigh like sample weights', async () => {
    const features = input({ shape: [2], name: 'features' })
    const outputs = ['a', 'b'].map((name) =>
      layers.dense({ units: 2, activation: 'softmax', name })(features),
    )
    const net = model({ inputs: features, outputs })
    net.compile({ backend: createReference(), optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
    const start = net.getWeights()
    const x = [
      [1, 2],
      [-1, 0.5],
      [0.3, 0.1],
    ]
    const y = { a: [0, 1, 1], b: [1, 1, 0] }
    const run = async (options: object): Promise<HostArray[]> => {
      net.setWeights(start)
      await net.fit(x, y as never, { shuffle: false, verbose: 'silent', ...options })
      return net.getWeights()
    }
    const byClass = await run({ classWeight: { b: { 0: 3, 1: 0.5 } } })
    const bySample = await run({ sampleWeight: [null, [0.5, 0.5, 3]] })
    expect(byClass).toEqual(bySample)
    await expect(run({ classWeight: { 0: 2 } })).rejects.toThrow(
      'classWeight: expected a record of output names, of a, b. Received: the weights of one output.',
    )
    await expect(run({ classWeight: { c: { 0: 2 } } })).rejects.toThrow(
      'classWeight: the model has no output "c". Its outputs: a, b.',
    )
  })
})
