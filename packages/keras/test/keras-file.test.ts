import { tfjs } from '@fn/backend-tfjs'
import { modelFromKeras, modelToKeras } from '@fn/keras'
import { expect, it } from 'vitest'
import { sentences, tagger } from './support/models.ts'

const backend = await tfjs('cpu')
const { x, y } = sentences(20)

it('goes out and in unchanged, and training goes on as if nothing had been', async () => {
  const one = tagger()
  one.compile({ backend, optimizer: 'adam', loss: 'mse', metrics: ['mae'] })
  await one.fit(x, y, { epochs: 3, batchSize: 8, verbose: 'silent' })

  const other = await modelFromKeras(await modelToKeras(one), { backend })
  expect(other.getWeights()).toEqual(one.getWeights())
  expect(await other.predict(x)).toEqual(await one.predict(x))

  const options = { initialEpoch: 3, epochs: 5, batchSize: 8, verbose: 'silent' } as const
  const [history, again] = [await one.fit(x, y, options), await other.fit(x, y, options)]
  expect(again.history).toEqual(history.history)
  expect(other.getWeights()).toEqual(one.getWeights())
})
