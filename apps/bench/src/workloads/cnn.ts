import { input, layers, type Model, model } from '@fn/core'
import { noise, oneHot } from '../noise.ts'
import type { Workload } from '../workload.ts'

const batchSize = 32

/** tfjs-layers can not train it on wasm, which has no gradient of a convolution by its filters. */
export const cnn: Workload = {
  name: 'cnn',
  title: '28×28×1, conv32 3×3, conv64 3×3, pool, dense 128, dense 10, batch 32, Adam',
  batchSize,
  training: { optimizer: 'adam', loss: 'categoricalCrossentropy' },
  batch: () => ({ x: [noise(batchSize * 28 * 28)], y: [oneHot(batchSize, 10)] }),

  model() {
    const image = input({ shape: [28, 28, 1] })
    const digit = image.pipe(
      layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d(),
      layers.flatten(),
      layers.dense({ units: 128, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    )
    return model({ inputs: image, outputs: digit }) as Model
  },
}
