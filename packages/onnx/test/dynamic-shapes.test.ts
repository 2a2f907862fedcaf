import { reference } from '@fn/backend-reference'
import {
  Generator,
  type HostArray,
  input,
  layers,
  type Model,
  model,
  ops,
  type SymbolicTensor,
  sizeOf,
  trainingProgram,
} from '@fn/core'
import { toOnnx } from '@fn/onnx'
import { describe, expect, it } from 'vitest'
import { answersOf, drawn, randomize } from './answers.ts'

const oracle = await reference()

type Build = (x: SymbolicTensor) => SymbolicTensor

/** A model of one input whose spatial sizes are unknown. */
function of(build: Build, axes = 1): Model {
  const x = input({ shape: [...new Array<null>(axes).fill(null), 3] })
  const made = model({ inputs: x, outputs: build(x) }) as Model
  randomize(made)
  made.compile({ backend: oracle, optimizer: 'sgd', loss: 'meanSquaredError' })
  return made
}

function expectNear(found: HostArray | undefined, { shape, data }: HostArray): void {
  expect(found?.shape).toEqual(shape)
  Array.from(data).forEach((value, i) => {
    expect(Math.abs(found!.data[i]! - value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)))
  })
}

const transposed = (options: {
  readonly kernelSize: number
  readonly strides: number
  readonly padding?: 'valid' | 'same'
  readonly outputPadding?: number
}): Build => layers.conv1dTranspose({ filters: 2, ...options })

const sliced =
  (...range: readonly [number | null, number | null, number?]): Build =>
  (x) =>
    ops.slice(x, ':', range)

describe('a file with open sizes', () => {
  // The reference traces each batch at its own sizes: no expression of sizes is involved there.
  it.each<readonly [string, Build]>([
    [
      'a transposed convolution with output padding',
      transposed({ kernelSize: 3, strides: 2, outputPadding: 1 }),
    ],
    ['one with strides beyond its window', transposed({ kernelSize: 2, strides: 3 })],
    ['one with both and padding', transposed({ kernelSize: 2, strides: 3, padding: 'same' })],
    [
      'one with padding and output padding',
      transposed({ kernelSize: 4, strides: 3, padding: 'same', outputPadding: 2 }),
    ],
    ['a slice between two ends counted from the back', sliced(-4, -1)],
    ['a slice without the last elements', sliced(null, -6)],
    ['a slice backwards', sliced(5, 1, -2)],
    ['a slice backwards from the back', sliced(-2, null, -3)],
    ['a reshape by a quotient', layers.reshape({ targetShape: [3, -1] })],
    [
      'a window of one element with strides',
      layers.conv1d({ filters: 2, kernelSize: 1, strides: 2, padding: 'same' }),
    ],
  ])('computes %s at sizes of 12, 5, 3 and 1', async (_name, build) => {
    const made = of(build)
    const bytes = toOnnx(made)
    for (const size of [12, 5, 3, 1]) {
      const inputs = drawn(made, [2, size])
      const expected = (await made.predict(inputs[0] as never)) as unknown as HostArray
      if (sizeOf(expected.shape) === 0) continue
      const found = await answersOf(bytes, { [made.inputPorts[0]!.name]: inputs[0]! })
      expectNear(found[made.outputPorts[0]!.name], expected)
    }
    await made.dispose()
  })

  it('enlarges images by interpolation', async () => {
    const made = of(layers.upSampling2d({ size: [3, 2], interpolation: 'bilinear' }), 2)
    const bytes = toOnnx(made)
    for (const sizes of [
      [4, 5],
      [1, 2],
    ]) {
      const inputs = drawn(made, [2, ...sizes])
      const expected = (await made.predict(inputs[0] as never)) as unknown as HostArray
      const found = await answersOf(bytes, { [made.inputPorts[0]!.name]: inputs[0]! })
      expectNear(found[made.outputPorts[0]!.name], expected)
    }
    await made.dispose()
  })
})

describe('a file of training with open sizes', () => {
  it.each<readonly [string, Build]>([
    ['a convolution with strides', layers.conv1d({ filters: 2, kernelSize: 3, strides: 2 })],
    ['one with strides beyond its window', layers.conv1d({ filters: 2, kernelSize: 2, strides: 3 })],
    [
      'one with strides and padding',
      layers.conv1d({ filters: 2, kernelSize: 4, strides: 3, padding: 'same' }),
    ],
    ['a convolution with groups', layers.depthwiseConv1d({ kernelSize: 2, strides: 2 })],
    [
      'two with strides, one after the other',
      (x) =>
        x.pipe(
          layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, name: 'first' }),
          layers.conv1d({ filters: 2, kernelSize: 2, strides: 2, name: 'second' }),
        ),
    ],
    ['a transposed convolution', transposed({ kernelSize: 2, strides: 3 })],
  ])('updates the weights of %s as fit does, at sizes of 8, 9, 10 and 11', async (_name, build) => {
    const made = of(build)
    const bytes = toOnnx(made, { training: true })
    const before = made.getWeights()
    for (const size of [8, 9, 10, 11]) {
      const x = drawn(made, [2, size])[0]!
      const { shape } = (await made.predict(x as never)) as unknown as HostArray
      const data = Float32Array.from(new Generator(5).normal(sizeOf(shape)))
      const target: HostArray = { shape, dtype: 'float32', data }
      const found = await answersOf(bytes, {
        ...trainingProgram(made).state,
        [made.inputPorts[0]!.name]: x,
        [`${made.outputPorts[0]!.name}/target`]: target,
        learning_rate: { shape: [], dtype: 'float32', data: new Float32Array([0.01]) },
      })
      await made.trainOnBatch(x as never, target as never)
      expect(made.weights.length).toBeGreaterThan(0)
      for (const { path, variable } of made.weights) expectNear(found[`${path}/next`], variable.value)
      made.setWeights(before)
    }
    await made.dispose()
  })
})
