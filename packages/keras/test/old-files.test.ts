import { gunzipSync } from 'node:zlib'
import { listFixtures, loadFixture } from '@fn/golden'
import { modelFromKeras, modelToKeras } from '@fn/keras'
import { unzipSync, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { type Part, readHdf5, writeHdf5 } from '../src/hdf5.ts'
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

it('written on Windows, where paths are names with backslashes', async () => {
  const { file, inputs, outputs } = loadFixture('oldFiles', 'keras-2.13.1-nested.keras')
  const members = unzipSync(gunzipSync(Buffer.from(file, 'base64')))
  const weights = await readHdf5(members['model.weights.h5']!, (hdf5) => {
    const parts: Part[] = []
    const visit = (path: string): void => {
      for (const name of hdf5.keys(path)) {
        const inner = path === '' ? name : `${path}/${name}`
        if (/vars\/\d+$/.test(inner)) {
          const cut = inner.lastIndexOf('/vars/')
          const renamed = `${inner.slice(0, cut).replaceAll('/', '\\')}${inner.slice(cut)}`
          if (!inner.startsWith('metrics') && !inner.startsWith('optimizer'))
            parts.push({ path: renamed, numbers: hdf5.numbers(inner) })
        } else visit(inner)
      }
    }
    visit('')
    return parts
  })
  const renamed = zipSync({ ...members, 'model.weights.h5': await writeHdf5(weights) }, { level: 0 })
  const model = await modelFromKeras(renamed)
  model.compile({ backend: await engines.reference() })
  const predicted = (await model.predict(inputs as never)) as never as Arrays
  outputs.forEach((expected, i) => {
    expected.data.forEach((value, k) => {
      expect(predicted[i]!.data[k]).toBeCloseTo(value, 5)
    })
  })
})
