import { tfjs } from '@fn/backend-tfjs'
import type { HostArray, Model } from '@fn/core'
import { type GoldenTensor, loadFixture } from '@fn/golden'
import { modelFromKeras, modelFromTfjs, modelToH5, modelToKeras, modelToTfjs, weightFiles } from '@fn/keras'
import { expect, it } from 'vitest'
import { line, sentences, tagger } from '../support/models.ts'

const backend = await tfjs('wasm')
const { x, y } = sentences(20)

const train = (model: Model, initialEpoch: number, epochs: number) =>
  model.fit(x, y, { initialEpoch, epochs, batchSize: 8, verbose: 'silent' })

const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

const unpacked = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** The largest difference, in units of the largest size of what is expected, from 1 on. */
function difference(actual: HostArray, expected: GoldenTensor): number {
  expect(actual.shape).toEqual(expected.shape)
  const sizes = Array.from(expected.data, Math.abs)
  const differences = sizes.map((_, at) => Math.abs(actual.data[at]! - expected.data[at]!))
  return Math.max(...differences) / Math.max(1, ...sizes)
}

it('3 epochs, bytes of a .keras file and 2 more are 5 in one go, bit for bit', {
  timeout: 120_000,
}, async () => {
  const made = tagger()
  made.compile({ backend, optimizer: 'adam', loss: 'mse', metrics: ['mae'] })
  const start = await modelToKeras(made)
  const [five, three] = [await modelFromKeras(start, { backend }), await modelFromKeras(start, { backend })]
  await train(five, 0, 5)
  await train(three, 0, 3)
  const twoMore = await modelFromKeras(await modelToKeras(three), { backend })
  expect(twoMore.getWeights()).toEqual(three.getWeights())
  await train(twoMore, 3, 5)
  expect(twoMore.getWeights()).toEqual(five.getWeights())
  expect(twoMore.getWeights()).not.toEqual(three.getWeights())
})

it.each(['kerasFiles', 'kerasOldFiles'] as const)(
  'a file of Keras predicts as Keras did, and trains on as Keras does: %s',
  { timeout: 120_000 },
  async (family) => {
    const { file, inputs, targets, batchSize, outputs, weightsAfter } = loadFixture(family, 'sequential')
    const bytes = bytesOf(file)
    const isPacked = bytes[0] === 0x1f
    const model = await modelFromKeras(isPacked ? await unpacked(bytes as Uint8Array<ArrayBuffer>) : bytes, {
      backend,
    })
    const answer = (await model.predict(inputs as never, { batchSize })) as HostArray
    expect(difference(answer, outputs[0]!)).toBeLessThan(1e-5)
    await model.fit(inputs as never, targets as never, { batchSize, shuffle: false, verbose: 'silent' })
    model.getWeights().forEach((weight, at) => {
      expect(difference(weight, weightsAfter[at]!)).toBeLessThan(1e-4)
    })
  },
)

it('writes and reads .h5 and what tfjs-layers loads', async () => {
  const made = line()
  const files = await modelToTfjs(made)
  const json = files['model.json']!
  const weights = weightFiles(json).map((name) => files[name]!)
  expect((await modelFromKeras(await modelToH5(made))).getWeights()).toEqual(made.getWeights())
  expect(modelFromTfjs(json, weights).getWeights()).toEqual(made.getWeights())
})
