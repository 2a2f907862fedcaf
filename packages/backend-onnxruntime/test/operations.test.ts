import { onnxruntime } from '@fn/backend-onnxruntime'
import { reference } from '@fn/backend-reference'
import { operationCaseNames } from '@fn/conformance'
import { Generator, type HostArray, input, layers, type Model, model, modelFromConfig, ops } from '@fn/core'
import { loadFixture } from '@fn/golden'
import { toOnnx } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'

describe('the file of a model of operations', () => {
  it.each(operationCaseNames())('%s answers what Keras does', async (name) => {
    const fixture = loadFixture('operations', name)
    const made = modelFromConfig(fixture.model)
    made.setWeights(fixture.weights)
    const session = await InferenceSession.create(toOnnx(made))
    const feeds = fixture.inputs.map(({ shape, dtype, data }, at) => [
      made.inputPorts[at]!.name,
      new Tensor(dtype, data as Float32Array, shape),
    ])
    const found = await session.run(Object.fromEntries(feeds))
    made.outputPorts.forEach((port, at) => {
      const { shape, data } = fixture.outputs[at]!
      const { dims, data: values } = found[port.name]!
      expect([port.name, dims]).toEqual([port.name, shape])
      Array.from(data as Float32Array).forEach((value, index) => {
        expect(Number(values[index])).toBeCloseTo(value, 5)
      })
    })
    await session.release()
  })
})

describe('a model of operations and a lambda layer', () => {
  const network = (): Model => {
    const [left, right] = [input({ shape: [6] }), input({ shape: [6] })]
    const encoder = layers.dense({ units: 4, activation: 'tanh' })
    const unit = layers.lambda((b, x) =>
      b.div(x!, b.sqrt(b.add(b.reduceSum(b.square(x!), [-1], true), 1e-6))),
    )
    const [x, y] = [unit(encoder(left)), unit(encoder(right))]
    const likeness = ops.sum(ops.multiply(x, y), { axis: -1, keepdims: true })
    return model({ inputs: [left, right], outputs: ops.divide(ops.add(likeness, 1), 2) }) as unknown as Model
  }
  const generator = new Generator(5)
  const table = (size: number, seed: number): HostArray => ({
    shape: [40, size],
    dtype: 'float32',
    data: Float32Array.from(new Generator(seed).normal(40 * size)),
  })
  const [left, right] = [table(6, 1), table(6, 2)]
  const same = Float32Array.from(generator.normal(40), (value) => Number(value > 0))

  it('trains alike on two engines, and its file answers alike', async () => {
    const made = network()
    const weights = made.getWeights()
    const histories = []
    for (const backend of [await reference(), await onnxruntime('cpu')]) {
      made.setWeights(weights)
      made.compile({ backend, optimizer: 'adam', loss: 'binaryCrossentropy' })
      const { history } = await made.fit([left, right] as never, same as never, {
        epochs: 4,
        batchSize: 16,
        shuffle: false,
        verbose: 'silent',
      })
      histories.push(history.loss!)
    }
    const [exact, found] = histories
    expect(exact!.at(-1)).toBeLessThan(exact![0]!)
    exact!.forEach((loss, epoch) => {
      expect(found![epoch]).toBeCloseTo(loss, 5)
    })
    const { data } = (await made.predict([left, right] as never)) as unknown as HostArray
    const session = await InferenceSession.create(toOnnx(made))
    const feeds = [left, right].map((array, at) => [
      made.inputPorts[at]!.name,
      new Tensor('float32', array.data as Float32Array, array.shape),
    ])
    const [answer] = Object.values(await session.run(Object.fromEntries(feeds)))
    data.forEach((value, at) => {
      expect(answer!.data[at]).toBeCloseTo(value, 6)
    })
    await session.release()
    await made.dispose()
  })
})
