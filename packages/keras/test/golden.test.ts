import { gunzipSync } from 'node:zlib'
import { reference } from '@fn/backend-reference'
import { type GoldenTensor, listFixtures, loadFixture } from '@fn/golden'
import { modelFromKeras, modelToKeras } from '@fn/keras'
import { describe, expect, it } from 'vitest'
import { type EngineName, engines } from './support/engines.ts'
import { Scale } from './support/scale.ts'

const customObjects = { Scale }

const bytesOf = (base64: string): Uint8Array => {
  const bytes = Buffer.from(base64, 'base64')
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
}

/** The largest difference, in units of the largest size of what is expected, from 1 on. */
function difference(
  actual: { readonly data: ArrayLike<number> },
  { data }: { readonly data: ArrayLike<number> },
): number {
  expect(actual.data.length).toBe(data.length)
  const expected = Array.from(data)
  const scale = Math.max(1, ...expected.map(Math.abs))
  return Math.max(...expected.map((value, at) => Math.abs(value - actual.data[at]!))) / scale
}

/** Outputs as Keras flattens them: a record by its sorted keys. */
const flat = (outputs: unknown): readonly { readonly data: ArrayLike<number> }[] => {
  if ('data' in (outputs as object)) return [outputs as GoldenTensor]
  if (Array.isArray(outputs)) return outputs.flatMap(flat)
  const named = outputs as Readonly<Record<string, unknown>>
  return Object.keys(named)
    .sort()
    .flatMap((name) => flat(named[name]))
}

const families = [
  'kerasFiles',
  'kerasOldFiles',
  'frozen',
  'structures',
  'fileMasks',
  'dtypes',
  'applications',
] as const

describe.each(families.flatMap((family) => listFixtures(family).map((name) => [family, name] as const)))(
  'a file of Keras, %s %s',
  (family, name) => {
    const fixture = loadFixture(family, name)
    const { inputs, targets, batchSize } = fixture
    const [x, y] = [inputs, targets] as never[]

    it.each(Object.keys(engines) as EngineName[])(
      'predicts as Keras did, and trains on as Keras does, on %s',
      { timeout: 60_000 },
      async (engine) => {
        const backend = await engines[engine]()
        const model = await modelFromKeras(bytesOf(fixture.file), { backend, customObjects })
        const before = flat(await model.predict(x!, { batchSize }))
        fixture.outputs.forEach((expected, i) => {
          expect(difference(before[i]!, expected)).toBeLessThan(1e-5)
        })
        const options = { batchSize, shuffle: false, verbose: 'silent' } as const
        const { history } = await model.fit(x!, y!, options)
        const expectNear = (key: string, found: number, value: number) =>
          expect([key, Math.abs(found - value) < 1e-4 * Math.max(1, Math.abs(value))]).toEqual([key, true])
        for (const [key, value] of Object.entries(fixture.history)) expectNear(key, history[key]![0]!, value)
        model.getWeights().forEach((weight, i) => {
          const { path } = model.weights[i]!
          expect([path, difference(weight, fixture.weightsAfter[i]!) < 1e-4]).toEqual([path, true])
        })
        const after = flat(await model.predict(x!, { batchSize }))
        fixture.outputsAfter.forEach((expected, i) => {
          expect(difference(after[i]!, expected)).toBeLessThan(1e-4)
        })
        const evaluated = await model.evaluate(x!, y!, { batchSize })
        for (const [key, value] of Object.entries(fixture.evaluated ?? {}))
          expectNear(`evaluate: ${key}`, evaluated[key]!, value)
        await backend.dispose()
      },
    )

    it('comes back from a file of fn as it was', async () => {
      const backend = await reference()
      const model = await modelFromKeras(bytesOf(fixture.file), { backend, customObjects })
      const again = await modelFromKeras(await modelToKeras(model), { backend, customObjects })
      const told = ({ weights }: typeof model) => weights.map(({ path, trainable }) => [path, trainable])
      expect(told(again)).toEqual(told(model))
      expect(again.getWeights()).toEqual(model.getWeights())
      expect(again.compiled!.optimizerState.iterations.data).toEqual(
        model.compiled!.optimizerState.iterations.data,
      )
      expect(await again.predict(x!)).toEqual(await model.predict(x!))
      const options = { batchSize, shuffle: false, verbose: 'silent' } as const
      const histories = await Promise.all(
        [model, again].map(async (one) => (await one.fit(x!, y!, options)).history),
      )
      expect(histories[1]).toEqual(histories[0])
    })
  },
)
