import { onnxruntime } from '@fn/backend-onnxruntime'
import { tfjs } from '@fn/backend-tfjs'
import {
  type Backend,
  Generator,
  input,
  layers,
  type Model,
  type ModelCompileOptions,
  model,
  type SymbolicTensor,
  setRandomSeed,
} from '@fn/core'
import { describe, expect, it } from 'vitest'

const STEPS = 50
const BATCH = 32
/** How many batches there are, that come again and again. */
const BATCHES = 10
const CLASSES = 4

interface Case {
  /** Of one sample. */
  readonly shape: readonly number[]
  readonly optimizer: NonNullable<ModelCompileOptions['optimizer']>
  scores(x: SymbolicTensor): SymbolicTensor
}

const cases: Readonly<Record<string, Case>> = {
  'a dense net with dropout, by Adam': {
    shape: [20],
    optimizer: 'adam',
    scores: (x) =>
      x.pipe(
        layers.dense({ units: 64, activation: 'relu' }),
        layers.dropout({ rate: 0.3 }),
        layers.dense({ units: 32, activation: 'relu' }),
        layers.dropout({ rate: 0.3 }),
        layers.dense({ units: CLASSES, activation: 'softmax' }),
      ),
  },
  'a convolutional net with batch normalization and dropout, by Adam': {
    shape: [12, 12, 3],
    optimizer: 'adam',
    scores: (x) =>
      x.pipe(
        layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', useBias: false }),
        layers.batchNormalization(),
        layers.reLU(),
        layers.maxPooling2d(),
        layers.conv2d({ filters: 16, kernelSize: 3, strides: 2, padding: 'same' }),
        layers.batchNormalization(),
        layers.reLU(),
        layers.globalAveragePooling2d(),
        layers.dropout({ rate: 0.2 }),
        layers.dense({ units: CLASSES, activation: 'softmax' }),
      ),
  },
  'an LSTM with dropout, by RMSprop': {
    shape: [15, 6],
    optimizer: 'rmsprop',
    scores: (x) =>
      x.pipe(
        layers.lstm({ units: 24, dropout: 0.2, recurrentDropout: 0.2 }),
        layers.dropout({ rate: 0.3 }),
        layers.dense({ units: CLASSES, activation: 'softmax' }),
      ),
  },
}

/** Noise, whose class is where the mean of its features lies. */
function batchesOf(shape: readonly number[]) {
  const random = new Generator(7)
  const size = shape.reduce((product, dim) => product * dim, 1)
  return Array.from({ length: BATCHES }, () => {
    const x = Float32Array.from(random.normal(BATCH * size))
    const y = Int32Array.from({ length: BATCH }, (_, row) => {
      const sum = x.subarray(row * size, (row + 1) * size).reduce((a, b) => a + b, 0)
      return Math.min(Math.max(Math.floor(sum / Math.sqrt(size) + CLASSES / 2), 0), CLASSES - 1)
    })
    return { x: { shape: [BATCH, ...shape], data: x }, y: { shape: [BATCH, 1], data: y } }
  })
}

/** The loss of each step, from weights and data that are the same each time. */
async function lossesOn(backend: Backend, { shape, optimizer, scores }: Case, seed: number) {
  setRandomSeed(1)
  const x = input({ shape: [...shape] })
  const made = model({ inputs: x, outputs: scores(x) }) as Model
  made.compile({ backend, optimizer, loss: 'sparseCategoricalCrossentropy', seed })
  const batches = batchesOf(shape)
  const losses: number[] = []
  for (let step = 0; step < STEPS; step++) {
    const batch = batches[step % BATCHES]!
    losses.push((await made.trainOnBatch(batch.x, batch.y)).loss!)
  }
  await made.dispose()
  return losses
}

const apart = (one: readonly number[], other: readonly number[]): number =>
  Math.max(...one.map((loss, step) => Math.abs(loss - other[step]!)))

describe('onnxruntime and tfjs', async () => {
  const [first, second] = [await onnxruntime('cpu'), await tfjs('wasm')]

  it.each(Object.entries(cases))('train %s, step by step alike', async (_name, given) => {
    const losses = await lossesOn(first, given, 11)
    expect(apart(losses, await lossesOn(second, given, 11))).toBeLessThan(1e-4)
    // Another seed drops other features.
    expect(apart(losses, await lossesOn(first, given, 12))).toBeGreaterThan(1e-2)
  })
})
