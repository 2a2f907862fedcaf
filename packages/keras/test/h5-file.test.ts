import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reference } from '@fn/backend-reference'
import { input, layers, type Model, model, ops, sequential } from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { KerasFileError, loadModel, modelFromKeras, modelToH5, modelToKeras, saveModel } from '@fn/keras'
import { expect, it } from 'vitest'
import { readHdf5 } from '../src/hdf5.ts'
import { sentences, tagger } from './support/models.ts'
import { Scale } from './support/scale.ts'

const customObjects = { Scale }
const backend = await reference()

const weightsOf = (made: Model) =>
  made.weights.map(({ path, trainable, variable }) => [path, trainable, variable.data])

// One has an index with `...`.
it.each(listFixtures('kerasFiles').filter((name) => name !== 'operations'))(
  '%s.keras, as .h5 and .keras again, keeps its weights bit for bit',
  { timeout: 60_000 },
  async (name) => {
    const { file } = loadFixture('kerasFiles', name)
    const made = await modelFromKeras(Buffer.from(file, 'base64'), { backend, customObjects })
    const back = await modelFromKeras(await modelToH5(made), { backend, customObjects })
    const again = await modelFromKeras(await modelToKeras(back), { backend, customObjects })
    expect(weightsOf(again)).toEqual(weightsOf(made))
    const { config, className } = made.optimizer
    expect([again.optimizer.className, again.optimizer.config]).toEqual([className, config])
  },
)

it('holds weights by the names of layers, and nothing of the optimizer but its options', async () => {
  const made = tagger()
  made.compile({ backend, optimizer: 'adam', loss: 'mse' })
  const { x, y } = sentences(4)
  await made.fit(x, y, { verbose: 'silent' })
  const found = await readHdf5(await modelToH5(made), (file) => ({
    roots: file.keys(''),
    layers: file.attribute('model_weights', 'layer_names'),
    weights: file.attribute('model_weights/head', 'weight_names'),
    versions: ['keras_version', 'backend'].map((name) => file.attribute('', name)),
    inputs: file.attribute('model_weights/words', 'weight_names'),
  }))
  expect(found).toEqual({
    roots: ['model_weights'],
    layers: made.layers.map(({ name }) => name),
    weights: made.getLayer('head').weights.map(({ path }) => path),
    versions: ['3.15.1', 'tensorflow'],
    inputs: undefined,
  })
})

it('more layers than an attribute has place for are named in several', async () => {
  const names = Array.from({ length: 4100 }, (_, at) => layers.identity({ name: `identity_${at}` }))
  const made = sequential([input({ shape: [2] }), ...names, layers.dense({ units: 1 })]) as Model
  const bytes = await modelToH5(made)
  const lists = await readHdf5(bytes, (file) =>
    ['layer_names', 'layer_names0', 'layer_names1', 'layer_names2'].map(
      (name) => file.attribute('model_weights', name)?.length,
    ),
  )
  expect(lists).toEqual([undefined, 4000, 102, undefined])
  expect(weightsOf(await modelFromKeras(bytes))).toEqual(weightsOf(made))
})

it('what Keras would read as something else is refused, all of it at once', async () => {
  const x = input({ shape: [2, 3], name: 'x' })
  const shared = layers.dense({ units: 3, name: 'shared' })
  const inner = model({ inputs: x, outputs: shared(x), name: 'inner' })
  const start = input({ shape: [2, 3], name: 'start' })
  const first = ops.slice(layers.add()([inner(start), shared(start)]), '...', 0)
  await expect(modelToH5(model({ inputs: start, outputs: first }) as Model)).rejects.toThrow(
    new KerasFileError(
      [
        'The model can not be written as a .h5 file; a .keras file holds it.',
        'Dense "shared": it stands in several models, of which Keras would make several layers.',
        'GetItem "get_item_1": Keras does not read an index with "..." from there.',
      ].join('\n'),
    ),
  )
})

it('is what saveModel writes under such a name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fn-h5-'))
  const path = join(folder, 'model.h5')
  const made = sequential([input({ shape: [3] }), layers.dense({ units: 2 })]) as Model
  await saveModel(made, path)
  expect(readFileSync(path).subarray(1, 4).toString()).toBe('HDF')
  expect((await loadModel(path)).getWeights()).toEqual(made.getWeights())
  rmSync(folder, { recursive: true })
})
