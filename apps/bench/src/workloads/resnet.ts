import { input, layers, type Model, model, type SymbolicTensor } from '@fn/core'
import { noise, oneHot } from '../noise.ts'
import type { Workload } from '../workload.ts'

const batchSize = 32

/** Of He et al., Deep Residual Learning (2015), section 4.2: three stages of three blocks of two convolutions. */
export const resnet: Workload = {
  name: 'resnet',
  title: 'ResNet-20 on 32×32×3, batch 32, SGD',
  batchSize,
  training: { optimizer: 'sgd', loss: 'categoricalCrossentropy' },
  batch: () => ({ x: [noise(batchSize * 32 * 32 * 3)], y: [oneHot(batchSize, 10)] }),

  model() {
    const conv = (filters: number, strides = 1, kernelSize = 3) =>
      layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false })
    const norm = () => layers.batchNormalization()
    const relu = () => layers.activation({ activation: 'relu' })
    const block = (x: SymbolicTensor, filters: number, strides: number): SymbolicTensor => {
      const y = x.pipe(conv(filters, strides), norm(), relu(), conv(filters), norm())
      const shortcut = strides === 1 ? x : x.pipe(conv(filters, strides, 1), norm())
      return layers.add()([y, shortcut]).pipe(relu())
    }
    const image = input({ shape: [32, 32, 3] })
    let x: SymbolicTensor = image.pipe(conv(16), norm(), relu())
    for (const [stage, filters] of [16, 32, 64].entries()) {
      for (let at = 0; at < 3; at++) x = block(x, filters, stage > 0 && at === 0 ? 2 : 1)
    }
    const y = x.pipe(layers.globalAveragePooling2d(), layers.dense({ units: 10, activation: 'softmax' }))
    return model({ inputs: image, outputs: y }) as Model
  },
}
