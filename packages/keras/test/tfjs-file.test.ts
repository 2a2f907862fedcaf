import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reference } from '@fn/backend-reference'
import { toConfig } from '@fn/core'
import { KerasFileError, loadModel, modelFromTfjs, weightFiles } from '@fn/keras'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { beforeAll, expect, it } from 'vitest'

interface Saved {
  readonly json: { [key: string]: unknown }
  readonly weights: Uint8Array
}

/** The two files that tfjs-layers writes. */
async function saved(model: tfl.LayersModel): Promise<Saved> {
  let found: Saved | undefined
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const { weightData, weightSpecs, ...rest } = artifacts
      const weights = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData))
      const weightsManifest = [{ paths: ['group1-shard1of1.bin'], weights: weightSpecs }]
      found = { json: { ...rest, weightsManifest } as Saved['json'], weights }
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    }),
  )
  return found!
}

const bytesOf = (json: object): Uint8Array => new TextEncoder().encode(JSON.stringify(json))

/** Two branches with a shared layer, a nested model, recurrence in both directions and statistics. */
function everything(): tfl.LayersModel {
  const left = tfl.input({ shape: [6, 3], name: 'left' })
  const right = tfl.input({ shape: [6, 3], name: 'right' })
  const shared = tfl.layers.dense({ units: 4, activation: 'relu', name: 'shared' })
  const inner = tfl.sequential({
    layers: [
      tfl.layers.conv1d({ inputShape: [6, 4], filters: 3, kernelSize: 2, padding: 'same' }),
      tfl.layers.batchNormalization(),
      tfl.layers.leakyReLU({ alpha: 0.2 }),
    ],
    name: 'inner',
  })
  const twice = tfl.layers
    .add()
    .apply([
      inner.apply(shared.apply(left)) as tfl.SymbolicTensor,
      inner.apply(shared.apply(right)) as tfl.SymbolicTensor,
    ]) as tfl.SymbolicTensor
  const both = tfl.layers
    // Another start than the orthogonal one, of which tfjs-layers says that it is slow.
    .bidirectional({
      layer: tfl.layers.lstm({
        units: 2,
        recurrentInitializer: 'zeros',
        recurrentActivation: 'sigmoid',
      }) as tfl.RNN,
      mergeMode: 'concat',
    })
    .apply(twice) as tfl.SymbolicTensor
  const answer = tfl.layers.dense({ units: 2, activation: 'softmax', name: 'answer' }).apply(both)
  return tfl.model({ inputs: [left, right], outputs: answer as tfl.SymbolicTensor })
}

let model: tfl.LayersModel
let files: Saved
const x = [0, 1].map((side) =>
  Array.from({ length: 2 }, (_, n) =>
    Array.from({ length: 6 }, (_, t) => [0, 1, 2].map((f) => Math.sin(n + 7 * t + 3 * f + side))),
  ),
) as [number[][][], number[][][]]

beforeAll(async () => {
  // It says nothing then.
  tf.env().set('PROD', true)
  await tf.setBackend('cpu')
  model = everything()
  const random = model.getWeights().map(({ shape }, at) => tf.randomUniform(shape, 0.1, 1, 'float32', at))
  model.setWeights(random)
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' })
  files = await saved(model)
})

async function predicted(json: object, weights: Uint8Array): Promise<readonly number[]> {
  const loaded = modelFromTfjs(bytesOf(json), [weights])
  loaded.compile({ backend: await reference() })
  return Array.from(((await loaded.predict(x)) as { readonly data: ArrayLike<number> }).data)
}

it('a model of tfjs-layers predicts what it did there', async () => {
  const expected = (model.predict(x.map((side) => tf.tensor3d(side))) as tf.Tensor).dataSync()
  expect(weightFiles(bytesOf(files.json))).toEqual(['group1-shard1of1.bin'])
  for (const [at, value] of (await predicted(files.json, files.weights)).entries())
    expect(value).toBeCloseTo(expected[at]!, 5)
})

it('is loaded from a folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fn-tfjs-'))
  writeFileSync(join(folder, 'model.json'), bytesOf(files.json))
  writeFileSync(join(folder, 'group1-shard1of1.bin'), files.weights)
  const loaded = await loadModel(join(folder, 'model.json'))
  expect(loaded.countParams()).toBe(model.countParams())
  rmSync(folder, { recursive: true })
})

it('weights that were made smaller are made floats again', async () => {
  const [first, ...rest] = (files.json.weightsManifest as { weights: tf.io.WeightsManifestEntry[] }[])[0]!
    .weights
  const size = first!.shape.reduce((product, dim) => product * dim, 1)
  const own = new Float32Array(files.weights.slice(0, size * 4).buffer)
  const [min, max] = [Math.min(...own), Math.max(...own)]
  const scale = (max - min) / 255
  const quantized = { ...first!, quantization: { dtype: 'uint8', scale, min, original_dtype: 'float32' } }
  const bytes = Uint8Array.from(own, (value) => Math.round((value - min) / scale))
  const weightsManifest = [{ paths: ['a.bin'], weights: [quantized, ...rest] }]
  const loaded = modelFromTfjs(bytesOf({ ...files.json, weightsManifest }), [
    Uint8Array.from([...bytes, ...files.weights.slice(size * 4)]),
  ])
  const kernel = loaded.weights.find(({ variable }) => variable.size === size)!.variable
  expect(Math.max(...kernel.data.map((value, at) => Math.abs(value - own[at]!)))).toBeLessThan(scale)
})

it('its hard sigmoid is that of Keras 2', async () => {
  const lstm = tfl.layers.lstm({
    units: 2,
    inputShape: [3, 1],
    recurrentInitializer: 'zeros',
    name: 'reader',
  })
  const dense = tfl.layers.dense({ units: 2, activation: 'hardSigmoid' })
  const theirs = tfl.sequential({ layers: [lstm, dense] })
  const { json, weights } = await saved(theirs)
  const model = modelFromTfjs(bytesOf(json), [weights])
  model.compile({ backend: await reference() })
  const x = [[[1], [-2], [0.5]]]
  const expected = await (theirs.predict(tf.tensor3d(x)) as tf.Tensor).data()
  const { data } = (await model.predict(x)) as unknown as { readonly data: ArrayLike<number> }
  expected.forEach((value, i) => {
    expect(data[i]).toBeCloseTo(value, 5)
  })
  // A file of Keras 3 has another function under this name.
  expect(JSON.stringify(toConfig(model))).toContain('legacy_hard_sigmoid')
})

it('is refused where its files do not fit together, or lead elsewhere', () => {
  const { json, weights } = files
  const cut = (bytes: Uint8Array) => () => modelFromTfjs(bytesOf(json), [bytes])
  expect(cut(weights.slice(0, -4))).toThrow(KerasFileError)
  expect(cut(weights.slice(0, -4))).toThrow('the files of weights break off')
  expect(cut(Uint8Array.from([...weights, 0, 0, 0, 0]))).toThrow(/^Expected \d+ bytes of weights/)
  const manifest = json.weightsManifest as { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[]
  for (const path of ['../secret', '/etc/passwd', 'a/b', '..']) {
    const weightsManifest = [{ ...manifest[0]!, paths: [path] }]
    expect(() => weightFiles(bytesOf({ ...json, weightsManifest }))).toThrow(
      `Expected the name of a file beside model.json. Received: ${JSON.stringify(path)}.`,
    )
  }
  const fewer = [{ ...manifest[0]!, weights: manifest[0]!.weights.slice(1) }]
  expect(() => modelFromTfjs(bytesOf({ ...json, weightsManifest: fewer }), [weights])).toThrow(KerasFileError)
  expect(() => modelFromTfjs(bytesOf({}), [])).toThrow(KerasFileError)
  expect(() => modelFromTfjs(new Uint8Array(), [])).toThrow(KerasFileError)
})
