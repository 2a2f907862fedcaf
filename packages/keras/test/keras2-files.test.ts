import { gunzipSync } from 'node:zlib'
import { reference } from '@fn/backend-reference'
import type { Model } from '@fn/core'
import { type GoldenTensor, listFixtures, loadFixture } from '@fn/golden'
import { modelFromKeras, modelToH5, modelToKeras } from '@fn/keras'
import { describe, expect, it } from 'vitest'

const bytesOf = (base64: string): Uint8Array => gunzipSync(Buffer.from(base64, 'base64'))

async function expectOutputs(model: Model, inputs: GoldenTensor[], outputs: GoldenTensor[]): Promise<void> {
  model.compile({ backend: await reference() })
  const predicted = await model.predict((inputs.length === 1 ? inputs[0] : inputs) as never)
  const [result] = [predicted].flat() as readonly { readonly data: ArrayLike<number> }[]
  const [expected] = outputs
  expect(result!.data.length).toBe(expected!.data.length)
  const scale = Math.max(1, ...Array.from(expected!.data, Math.abs))
  expected!.data.forEach((value, i) => {
    expect(Math.abs(result!.data[i]! - value)).toBeLessThan(2e-6 * scale)
  })
}

describe.each(listFixtures('keras2Files'))('a model of tf-keras, %s', (name) => {
  const { files, inputs, outputs } = loadFixture('keras2Files', name)

  it.each(Object.keys(files) as (keyof typeof files)[])(
    'predicts as it did there, from its .%s file',
    async (suffix) => {
      const model = await modelFromKeras(bytesOf(files[suffix]!))
      await expectOutputs(model, inputs, outputs)
    },
  )

  it('computes the same after it is saved as .keras and as .h5', async () => {
    const model = await modelFromKeras(bytesOf(files.h5))
    await expectOutputs(await modelFromKeras(await modelToKeras(model)), inputs, outputs)
    // Keras has no ellipsis in a .h5 file.
    if (name !== 'caffe' && name !== 'indices')
      await expectOutputs(await modelFromKeras(await modelToH5(model)), inputs, outputs)
  })
})
