import { input, layers, type Model, model } from '@fn/core'
import { bits, noise, wholeNumbers } from '../noise.ts'
import type { Workload } from '../workload.ts'

const batchSize = 32

/** tfjs-layers can not train it on wasm, which has no gradient of an embedding. */
export const headline: Workload = {
  name: 'headline',
  title: 'embedding 10,000 × 512, LSTM(32) over 100 words, two outputs, batch 32, RMSprop',
  batchSize,
  training: { optimizer: 'rmsprop', loss: 'binaryCrossentropy', lossWeights: [1, 0.2] },
  batch: () => ({
    x: [wholeNumbers(batchSize * 100, 10_000), noise(batchSize * 5)],
    y: [bits(batchSize), bits(batchSize)],
  }),

  model() {
    const words = input({ shape: [100], dtype: 'int32' })
    const text = words.pipe(
      layers.embedding({ inputDim: 10_000, outputDim: 512 }),
      layers.lstm({ units: 32 }),
    )
    const early = layers.dense({ units: 1, activation: 'sigmoid' })(text)
    const features = input({ shape: [5] })
    const late = layers
      .concatenate()([text, features])
      .pipe(
        layers.dense({ units: 64, activation: 'relu' }),
        layers.dense({ units: 64, activation: 'relu' }),
        layers.dense({ units: 64, activation: 'relu' }),
        layers.dense({ units: 1, activation: 'sigmoid' }),
      )
    return model({ inputs: [words, features], outputs: [late, early] }) as unknown as Model
  },
}
