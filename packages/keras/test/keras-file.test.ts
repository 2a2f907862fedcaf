import { reference } from '@fn/backend-reference'
import { input, layers, type Model, sequential } from '@fn/core'
import { KerasFileError, modelFromKeras, modelToKeras } from '@fn/keras'
import { strFromU8, unzipSync } from 'fflate'
import { expect, it } from 'vitest'
import { Scale } from './support/scale.ts'

const line = (): Model =>
  sequential(
    [
      input({ shape: [3] }),
      new Scale({ name: 'mine' }),
      layers.dense({ units: 2 }),
      layers.dropout({ rate: 0.5 }),
    ],
    { name: 'line' },
  ) as Model

const x = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
]
const y = [
  [0, 1],
  [1, 0],
  [1, 1],
]
const customObjects = { Scale }

it('is the zip that Keras writes, and says where random values stand', async () => {
  const model = line()
  model.compile({ backend: await reference(), optimizer: 'sgd', loss: 'mse', seed: 7 })
  await model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 'silent' })
  const members = unzipSync(await modelToKeras(model))
  const text = (name: string): string => strFromU8(members[name]!)
  expect(Object.keys(members)).toEqual(['metadata.json', 'config.json', 'model.weights.h5'])
  const { date_saved: date, ...metadata } = JSON.parse(text('metadata.json'))
  expect(date).toMatch(/^\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d$/)
  expect(metadata).toEqual({ keras_version: '3.15.1', fn: { seed: 7, draws: 4 } })
  // Keras refuses 0 as a momentum.
  expect(text('config.json')).toContain('"momentum":0.0,')
  expect(JSON.parse(text('config.json'))).toMatchObject({
    module: 'keras',
    class_name: 'Sequential',
    config: {
      layers: [{ class_name: 'InputLayer' }, { module: null, registered_name: 'test>Scale' }, {}, {}],
    },
    compile_config: { optimizer: { class_name: 'SGD' }, loss: { class_name: 'MeanSquaredError' } },
  })
})

it('comes back, and training goes on as if nothing had been', async () => {
  const backend = await reference()
  const one = line()
  one.compile({ backend, optimizer: 'adam', loss: 'mse' })
  one.optimizer.learningRate = 0.25
  await one.fit(x, y, { epochs: 2, batchSize: 2, verbose: 'silent' })
  const other = await modelFromKeras(await modelToKeras(one), { backend, customObjects })
  expect(other.optimizer.learningRate).toBe(0.25)
  const options = { initialEpoch: 2, epochs: 4, batchSize: 2, verbose: 'silent' } as const
  const [history, again] = [await one.fit(x, y, options), await other.fit(x, y, options)]
  expect(again.history).toEqual(history.history)
  expect(other.getWeights()).toEqual(one.getWeights())
})

it('without a backend is a model that is not compiled; with one it has to have been', async () => {
  const bytes = await modelToKeras(line())
  expect((await modelFromKeras(bytes, { customObjects })).compiled).toBeUndefined()
  await expect(modelFromKeras(bytes, { customObjects, backend: await reference() })).rejects.toThrow(
    new KerasFileError(
      'The model was not compiled when it was saved. Load it without a backend, and compile it.',
    ),
  )
  await expect(modelFromKeras(bytes)).rejects.toThrow(
    new KerasFileError('Scale "mine": this class of layers is not known. Hand it in as customObjects.Scale.'),
  )
})
