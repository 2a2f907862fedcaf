import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reference } from '@fn/backend-reference'
import { KerasFileError, loadModel, modelFromTfjs } from '@fn/keras'
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'

// Layouts of model.json that other tools write. What tfjs-layers itself computes from the same files is the right answer.

const fixtures = join(import.meta.dirname, 'fixtures')
const jsonOf = (name: string): Json =>
  JSON.parse(readFileSync(join(fixtures, name, 'model.json'), 'utf8')) as Json
const bytesOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(fixtures, name, 'weights.bin')))

interface Json {
  readonly [key: string]: unknown
  readonly weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[]
  readonly modelTopology: object
}

beforeAll(async () => {
  tf.env().set('PROD', true)
  await tf.setBackend('cpu')
})

async function ofTfjs(json: Json, weights: Uint8Array): Promise<tfl.LayersModel> {
  const { modelTopology, weightsManifest } = json
  return tfl.loadLayersModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest.flatMap(({ weights: specs }) => specs),
      weightData: weights.slice().buffer,
    }),
  )
}

async function expectSame(json: Json, weights: Uint8Array, folder?: string): Promise<void> {
  const theirs = await ofTfjs(json, weights)
  const shape = theirs.inputs[0]!.shape.map((size) => size ?? 2)
  const count = shape.reduce((product, size) => product * size, 1)
  const x = Array.from({ length: count }, (_, at) => Math.sin(3 * at + 1))
  const expected = (theirs.predict(tf.tensor(x, shape)) as tf.Tensor).dataSync()
  const ours = folder
    ? await loadModel(join(folder, 'model.json'))
    : modelFromTfjs(new TextEncoder().encode(JSON.stringify(json)), [weights])
  ours.compile({ backend: await reference() })
  const { data } = (await ours.predict({ shape, data: Float32Array.from(x) } as never)) as unknown as {
    data: ArrayLike<number>
  }
  expect(data).toHaveLength(expected.length)
  for (const [at, value] of expected.entries()) expect(data[at]).toBeCloseTo(value, 5)
}

describe('tfjs-layers computes the same from', () => {
  it.each(readdirSync(fixtures).filter((name) => name.startsWith('tfjs-')))('%s', async (name) => {
    await expectSame(jsonOf(name), bytesOf(name), join(fixtures, name))
  })
})

const plain = 'tfjs-stacked-lstm-numbered-cells'
const fit = (json: Json, weights: Uint8Array) => () =>
  modelFromTfjs(new TextEncoder().encode(JSON.stringify(json)), [weights])

describe('weights are found by name:', () => {
  it('in any order', async () => {
    const json = jsonOf(plain)
    const bytes = bytesOf(plain)
    const { weights } = json.weightsManifest[0]!
    let used = 0
    const parts = weights.map((spec) => {
      const size = 4 * spec.shape.reduce((product, dim) => product * dim, 1)
      used += size
      return { spec, bytes: bytes.slice(used - size, used) }
    })
    parts.reverse()
    const weightsManifest = [{ paths: ['weights.bin'], weights: parts.map(({ spec }) => spec) }]
    const turned = Uint8Array.from(parts.flatMap((part) => [...part.bytes]))
    expect(turned).not.toEqual(bytes)
    await expectSame({ ...json, weightsManifest }, turned)
  })

  it('of which unknown, missing and doubled ones are refused, and those of another dtype', () => {
    const json = jsonOf(plain)
    const bytes = bytesOf(plain)
    const renamed = (from: string, to: string): Json =>
      JSON.parse(JSON.stringify(json).replaceAll(`"${from}"`, `"${to}"`)) as Json
    const first = 'lstm/lstm_cell/bias'
    expect(fit(renamed(first, 'lstm/lstm_cell/offset'), bytes)).toThrow(KerasFileError)
    expect(fit(renamed(first, 'lstm/lstm_cell/offset'), bytes)).toThrow(
      /"lstm\/lstm_cell\/offset": .* has no weight of this name/,
    )
    expect(fit(renamed(first, 'lstm/lstm_cell/offset'), bytes)).toThrow('is missing')
    expect(fit(renamed(first, 'gru/cell/bias'), bytes)).toThrow('the model has no layer that it belongs to')
    expect(fit(renamed(first, 'lstm_1/lstm_cell_1/bias'), bytes)).toThrow('it stands there twice')
    const { weights } = json.weightsManifest[0]!
    const typed = weights.map((spec, at) => (at === 0 ? { ...spec, dtype: 'int32' as const } : spec))
    expect(fit({ ...json, weightsManifest: [{ paths: ['a'], weights: typed }] }, bytes)).toThrow(
      'expected float32. Received: int32.',
    )
  })
})

it('a graph model is told apart by name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fn-graph-'))
  const json = { format: 'graph-model', modelTopology: { node: [] }, weightsManifest: [] }
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json))
  await expect(loadModel(join(folder, 'model.json'))).rejects.toThrow(
    'expected a layers model. Received a graph model',
  )
  rmSync(folder, { recursive: true })
})

it('integers without a scale are refused', () => {
  const json = jsonOf('tfjs-float16')
  const [first] = json.weightsManifest[0]!.weights
  const weights = [{ ...first!, quantization: { dtype: 'uint8' } }]
  expect(fit({ ...json, weightsManifest: [{ paths: ['a'], weights }] } as Json, new Uint8Array(6))).toThrow(
    'expected numbers as scale and min of uint8',
  )
})
