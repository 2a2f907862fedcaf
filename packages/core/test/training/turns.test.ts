import { reference } from '@fn/backend-reference'
import { input, layers, type Model, model } from '@fn/core'
import { expect, it } from 'vitest'

it('lets timers fire during fit on an engine that holds the thread', async () => {
  const x = input({ shape: [32] })
  const y = x.pipe(layers.dense({ units: 64 }), layers.dense({ units: 1 }))
  const made = model({ inputs: x, outputs: y }) as unknown as Model
  made.compile({ backend: await reference(), optimizer: 'sgd', loss: 'mse' })
  const samples = (size: number) => ({ shape: [512, size], data: new Float32Array(512 * size) })
  let ticks = 0
  let duringFit: number | undefined
  const timer = setInterval(() => ticks++, 1)
  await made.fit(samples(32) as never, samples(1) as never, {
    epochs: 2,
    batchSize: 16,
    verbose: 'silent',
    callbacks: [
      {
        onTrainEnd() {
          duringFit = ticks
        },
      },
    ],
  })
  clearInterval(timer)
  expect(duringFit).toBeGreaterThan(0)
  await made.dispose()
})
