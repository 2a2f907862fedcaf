import { reference } from '@fn/backend-reference'
import { input, layers, type Model, model } from '@fn/core'
import { expect, it } from 'vitest'

/** Long enough for some turns, of which each may hold the thread for 50 ms. */
const LASTS_MS = 300

const samples = (size: number) => ({ shape: [64, size], data: new Float32Array(64 * size) })

it.each([
  [
    'a fit of many short epochs',
    async (made: Model, isOver: () => boolean) => {
      const onEpochEnd = (): void => {
        made.stopTraining = isOver()
      }
      await made.fit(samples(32), samples(1), { epochs: 1e6, verbose: 'silent', callbacks: [{ onEpochEnd }] })
    },
  ],
  [
    'evaluations one after the other',
    async (made: Model, isOver: () => boolean) => {
      while (!isOver()) await made.evaluate(samples(32), samples(1), { verbose: 'silent' })
    },
  ],
  [
    'predictions one after the other',
    async (made: Model, isOver: () => boolean) => {
      while (!isOver()) await made.predict(samples(32))
    },
  ],
])('%s lets timers fire on an engine that holds the thread', async (_, work) => {
  const x = input({ shape: [32] })
  const made = model({ inputs: x, outputs: layers.dense({ units: 1 })(x) }) as unknown as Model
  made.compile({ backend: await reference(), optimizer: 'sgd', loss: 'mse' })
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const start = performance.now()
  await work(made, () => performance.now() - start > LASTS_MS)
  const meanwhile = ticks
  clearInterval(timer)
  expect(meanwhile).toBeGreaterThan(0)
  await made.dispose()
})
