import { gunzipSync } from 'node:zlib'
import { listFixtures, loadFixture } from '@fn/golden'
import { modelFromKeras, modelToKeras } from '@fn/keras'
import { describe, expect, it } from 'vitest'
import { type EngineName, engines } from './support/engines.ts'

type Arrays = readonly { readonly data: ArrayLike<number> }[]

describe.each(listFixtures('oldFiles'))('a file of Keras 2, %s', (name) => {
  const { file, inputs, outputs } = loadFixture('oldFiles', name)
  const bytes = gunzipSync(Buffer.from(file, 'base64'))
  const onWarning = (message: string): void => {
    throw new Error(message)
  }

  it.each(Object.keys(engines) as EngineName[])('predicts as Keras 2 did, on %s', async (engine) => {
    const backend = await engines[engine]()
    const loaded = await modelFromKeras(bytes, { onWarning })
    // What fn writes of it is the same model.
    const again = await modelFromKeras(await modelToKeras(loaded), { onWarning })
    for (const model of [loaded, again]) {
      model.compile({ backend })
      const predicted = await model.predict(inputs as never)
      const flat = ('data' in predicted ? [predicted] : predicted) as Arrays
      outputs.forEach((expected, i) => {
        expected.data.forEach((value, k) => {
          expect(Math.abs(flat[i]!.data[k]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)))
        })
      })
      await model.dispose()
    }
    await backend.dispose()
  })
})
