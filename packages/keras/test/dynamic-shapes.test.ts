import { input, layers, type Model, model } from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { modelFromKeras } from '@fn/keras'
import { describe, expect, it } from 'vitest'
import { type EngineName, engines } from './support/engines.ts'

type Arrays = { readonly shape: readonly number[]; readonly data: ArrayLike<number> }

function expectNear(found: Arrays, { shape, data }: Arrays, tolerance: number): void {
  expect(found.shape).toEqual(shape)
  const expected = Array.from(data)
  const scale = Math.max(1, ...expected.map(Math.abs))
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - found.data[i]!)))
  expect(worst / scale).toBeLessThan(tolerance)
}

const oneOrAll = <T>(list: readonly T[]): never => (list.length === 1 ? list[0] : list) as never

describe.each(listFixtures('dynamicShapes'))('a model with unknown sizes, %s', (name) => {
  const { file, shape, runs, target, loss, outputAfter } = loadFixture('dynamicShapes', name)
  const bytes = Buffer.from(file, 'base64')

  it.each(Object.keys(engines) as EngineName[])(
    'has the shapes of Keras, and predicts and trains as Keras does, on %s',
    { timeout: 60_000 },
    async (engine) => {
      const backend = await engines[engine]()
      const loaded = await modelFromKeras(bytes, { backend })
      expect(loaded.outputPorts[0]!.tensor.shape).toEqual(shape)
      for (const { inputs, output } of runs)
        expectNear((await loaded.predict(oneOrAll(inputs))) as Arrays, output, 1e-5)
      const x = oneOrAll(runs[0]!.inputs)
      const logs = await loaded.trainOnBatch(x, target as never)
      expect(Math.abs(logs.loss! - loss)).toBeLessThan(1e-5 * Math.max(1, loss))
      expectNear((await loaded.predict(x)) as Arrays, outputAfter, 1e-4)
      await loaded.dispose()
      await backend.dispose()
    },
  )
})

describe('sizes that turn out to differ', () => {
  const images = (...sizes: readonly number[]) =>
    sizes.map((size) => ({ shape: [1, size, 2], data: new Float32Array(size * 2) })) as never

  const predict = async (made: unknown, data: never): Promise<unknown> => {
    const compiled = made as Model
    compiled.compile({ backend: await engines.reference() })
    return compiled.predict(data)
  }

  it('are refused when data comes, at the layer', async () => {
    const [x, y] = [input({ shape: [null, 2] }), input({ shape: [null, 2] })]
    const sum = model({ inputs: [x, y], outputs: layers.add({ name: 'sum' })([x, y]) })
    expect(sum.outputPorts[0]!.tensor.shape).toEqual([null, null, 2])
    await predict(sum, images(3, 3))
    await expect(predict(sum, images(3, 4))).rejects.toThrow(
      'Add "sum": Shapes [1, 3, 2] and [1, 4, 2] do not broadcast.',
    )
  })

  it('are refused by name where inputs share one', async () => {
    const [x, y] = [input({ shape: ['time', 2], name: 'a' }), input({ shape: ['time', 2], name: 'b' })]
    const joined = model({ inputs: [x, y], outputs: layers.concatenate({ axis: -1 })([x, y]) })
    expect(x.shape).toEqual([null, null, 2])
    await predict(joined, images(5, 5))
    await expect(predict(joined, images(5, 6))).rejects.toThrow(
      'x "b": expected a size of 5 along axis 1, "time", as for "a". Received: 6.',
    )
  })

  it('are refused at once where no size makes them equal', () => {
    const x = input({ shape: ['time', 2] })
    const shorter = layers.conv1d({ filters: 2, kernelSize: 3 })(x)
    expect(() => layers.add({ name: 'sum' })([x, shorter])).toThrow(
      'Add "sum": Shapes [batch, time, 2] and [batch, time - 2, 2] do not broadcast.',
    )
  })
})
