import { input, layers, type Model, model } from '@fn/core'
import { noise, oneHot } from '../noise.ts'
import type { Workload } from '../workload.ts'

const batchSize = 8

/** tfjs-layers can not train it on wasm, which has no gradient of a convolution by its filters. */
export const inception: Workload = {
  name: 'inception',
  title: 'the inception module of the guide on 64×64×3, pooled, dense 10, batch 8, Adam',
  batchSize,
  training: { optimizer: 'adam', loss: 'categoricalCrossentropy' },
  batch: () => ({ x: [noise(batchSize * 64 * 64 * 3)], y: [oneHot(batchSize, 10)] }),

  model() {
    const conv = (kernelSize: number) =>
      layers.conv2d({ filters: 64, kernelSize, padding: 'same', activation: 'relu' })
    const image = input({ shape: [64, 64, 3] })
    const towers = [
      image.pipe(conv(1), conv(3)),
      image.pipe(conv(1), conv(5)),
      image.pipe(layers.maxPooling2d({ poolSize: 3, strides: 1, padding: 'same' }), conv(1)),
    ]
    const digit = layers
      .concatenate()(towers)
      .pipe(layers.globalAveragePooling2d(), layers.dense({ units: 10, activation: 'softmax' }))
    return model({ inputs: image, outputs: digit }) as Model
  },
}
