import { input, layers, type Model, model } from '@fn/core'
import { bits, oneHot } from '../noise.ts'
import type { Workload } from '../workload.ts'

const batchSize = 32

export const tweets: Workload = {
  name: 'tweets',
  title: 'one LSTM(64) on two inputs of 280 × 256, batch 32, RMSprop',
  batchSize,
  training: { optimizer: 'rmsprop', loss: 'binaryCrossentropy' },
  batch: () => ({
    x: [oneHot(batchSize * 280, 256), oneHot(batchSize * 280, 256)],
    y: [bits(batchSize)],
  }),

  model() {
    const left = input({ shape: [280, 256] })
    const right = input({ shape: [280, 256] })
    const reader = layers.lstm({ units: 64 })
    const both = layers.concatenate()([reader(left), reader(right)])
    const same = layers.dense({ units: 1, activation: 'sigmoid' })(both)
    return model({ inputs: [left, right], outputs: same }) as unknown as Model
  },
}
