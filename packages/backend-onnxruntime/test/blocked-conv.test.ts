import { onnxruntime } from '@fn/backend-onnxruntime'
import { reference } from '@fn/backend-reference'
import { Generator, type HostArray, input, layers, type Model, model } from '@fn/core'
import { describe, expect, it } from 'vitest'

const { conv2d, depthwiseConv2d, maxPooling2d, globalAveragePooling2d, batchNormalization, dense, add } =
  layers

/** Networks whose channels come in blocks, or not quite. */
const networks: Readonly<Record<string, () => Model>> = {
  'convolutions one after the other': () => {
    const image = input({ shape: [9, 8, 3] })
    const first = conv2d({ filters: 16, kernelSize: 3, activation: 'relu' })(image)
    const second = conv2d({ filters: 32, kernelSize: [3, 2], padding: 'same', activation: 'relu' })(first)
    const pooled = maxPooling2d()(second)
    const third = conv2d({ filters: 16, kernelSize: 2, activation: 'tanh' })(pooled)
    return model({ inputs: image, outputs: dense({ units: 2 })(globalAveragePooling2d()(third)) })
  },
  'a shared layer, and images that several layers read': () => {
    const image = input({ shape: [6, 6, 16] })
    const shared = conv2d({ filters: 16, kernelSize: 3, padding: 'same', useBias: false })
    const once = shared(image)
    const twice = shared(layers.reLU()(once))
    const beside = conv2d({ filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' })(once)
    const sum = add()([once, twice, beside])
    return model({ inputs: image, outputs: dense({ units: 2 })(globalAveragePooling2d()(sum)) })
  },
  'strides, points, groups, dilations and normalization between': () => {
    const image = input({ shape: [8, 8, 16] })
    let x = conv2d({ filters: 32, kernelSize: 3, strides: 2, padding: 'same' })(image)
    x = layers.reLU()(batchNormalization()(x))
    x = conv2d({ filters: 16, kernelSize: 1 })(x)
    x = conv2d({ filters: 16, kernelSize: 3, dilationRate: 2, padding: 'same', activation: 'relu' })(x)
    x = depthwiseConv2d({ kernelSize: 3, padding: 'same' })(x)
    x = conv2d({ filters: 17, kernelSize: 2, activation: 'relu' })(x)
    return model({ inputs: image, outputs: dense({ units: 2 })(globalAveragePooling2d()(x)) })
  },
}

describe('convolutions on blocks of channels', () => {
  it.each(Object.entries(networks))('train as the reference does: %s', async (_, network) => {
    const made = network()
    const [rows, classes] = [20, 2]
    const [height, width, channels] = made.inputPorts[0]!.tensor.shape.slice(1) as number[]
    const shape = [rows, height!, width!, channels!]
    const generator = new Generator(3)
    const x = {
      shape,
      dtype: 'float32',
      data: Float32Array.from(generator.normal(rows * height! * width! * channels!)),
    } as const
    const y = {
      shape: [rows, classes],
      dtype: 'float32',
      data: Float32Array.from(generator.normal(rows * classes)),
    } as const
    const weights = made.getWeights()
    const runs = []
    for (const backend of [await reference(), await onnxruntime('cpu')]) {
      made.setWeights(weights)
      made.compile({ backend, optimizer: 'sgd', loss: 'meanSquaredError' })
      const { history } = await made.fit(x, y, { epochs: 3, batchSize: 8, shuffle: false, verbose: 'silent' })
      const { data } = (await made.predict(x)) as HostArray
      runs.push([...history.loss!, ...data.subarray(0, 8)])
      await made.dispose()
    }
    const [exact, found] = runs
    exact!.forEach((value, at) => {
      expect(found![at]).toBeCloseTo(value, 4)
    })
  })
})
