import { input, layers, type Model, model } from '@fn/core'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { noise, oneHot } from '../noise.ts'
import type { Workload } from '../workload.ts'

const batchSize = 128

export const mlp: Workload = {
  name: 'mlp',
  title: '784-512-512-10, batch 128, Adam',
  batchSize,
  training: { optimizer: 'adam', loss: 'categoricalCrossentropy' },
  batch: () => ({ x: [noise(batchSize * 784)], y: [oneHot(batchSize, 10)] }),

  model() {
    const x = input({ shape: [784] })
    const y = x.pipe(
      layers.dense({ units: 512, activation: 'relu' }),
      layers.dense({ units: 512, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    )
    return model({ inputs: x, outputs: y }) as Model
  },

  tfjsLayers() {
    const made = tfl.sequential({
      layers: [
        tfl.layers.dense({ units: 512, activation: 'relu', inputShape: [784] }),
        tfl.layers.dense({ units: 512, activation: 'relu' }),
        tfl.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    })
    made.compile({ optimizer: tf.train.adam(), loss: 'categoricalCrossentropy' })
    return made
  },
}
