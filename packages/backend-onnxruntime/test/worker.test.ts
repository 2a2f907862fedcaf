import { onnxruntime } from '@fn/backend-onnxruntime'
import { type Backend, Builder, Generator, type HostArray, input, layers, type Model, model } from '@fn/core'
import { afterAll, describe, expect, it } from 'vitest'

const here = await onnxruntime('cpu')
const inWorker = await onnxruntime('cpu', { worker: true })
afterAll(() => inWorker.dispose())

const random = (shape: readonly number[], seed: number): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(new Generator(seed).normal(shape.reduce((a, b) => a * b))),
})

/** How often a timer of 1 ms fires while one step is computed, and how long that takes. */
async function ticksDuringStep(backend: Backend): Promise<{ ticks: number; ms: number }> {
  const b = new Builder()
  const x = b.input({ shape: [1024, 1024], dtype: 'float32' }, 'x')
  let y = x
  for (let product = 0; product < 12; product++)
    y = b.tanh(b.dot(y, x, { contract: [[1], [0]], batch: [[], []] }))
  const executable = await backend.compile(b.build({ y }))
  const given = backend.upload(random([1024, 1024], 1))
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const start = performance.now()
  const outputs = await executable.run([given])
  const ms = performance.now() - start
  clearInterval(timer)
  for (const tensor of [given, ...outputs]) tensor.dispose()
  executable.dispose()
  return { ticks, ms }
}

async function trained(backend: Backend): Promise<readonly HostArray[]> {
  const image = input({ shape: [8, 8, 2] })
  const made = model({
    inputs: image,
    outputs: image.pipe(
      layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
      layers.maxPooling2d(),
      layers.flatten(),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ),
  }) as unknown as Model
  made.setWeights(made.getWeights().map(({ shape }, at) => random(shape, at + 10)))
  made.compile({ backend, optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', seed: 5 })
  const labels = Int32Array.from({ length: 48 }, (_, at) => at % 3)
  await made.fit(random([48, 8, 8, 2], 3) as never, labels as never, {
    epochs: 3,
    batchSize: 10,
    verbose: 'silent',
  })
  const weights = made.getWeights()
  await made.dispose()
  return weights
}

describe('onnxruntime in a worker', () => {
  it('lets timers fire while a step is computed', async () => {
    const { ticks, ms } = await ticksDuringStep(inWorker)
    // On a machine with other work a timer may well come late.
    expect(ticks).toBeGreaterThan(ms / 20)
    expect((await ticksDuringStep(here)).ticks).toBeLessThan(5)
  })

  it('trains to the same bits', async () => {
    expect(await trained(inWorker)).toEqual(await trained(here))
    expect(inWorker.memory!().tensors).toBe(0)
  })

  it('says what went wrong there', async () => {
    const b = new Builder()
    const table = b.input({ shape: [2, 3], dtype: 'float32' }, 'table')
    const row = b.input({ shape: [1], dtype: 'int32' }, 'row')
    const silent = await onnxruntime('cpu', { worker: true, session: { logSeverityLevel: 4 } })
    const executable = await silent.compile(b.build({ y: b.gather(table, row) }))
    const given = [
      silent.upload(random([2, 3], 1)),
      silent.upload({ shape: [1], dtype: 'int32', data: Int32Array.of(7) }),
    ]
    await expect(executable.run(given)).rejects.toThrow('indices element out of data bounds')
    await silent.dispose()
  })

  it('ends with its backend', async () => {
    const backend = await onnxruntime('cpu', { worker: true })
    const tensor = backend.upload(random([2], 1))
    await backend.dispose()
    await expect(backend.download(tensor)).rejects.toThrow('The backend is used after it was disposed of.')
  })
})

describe('onnxruntime in this thread', () => {
  it('lets a timer fire between the steps of fit', async () => {
    let fired = false
    setTimeout(() => {
      fired = true
    }, 0)
    const ends: boolean[] = []
    const x = input({ shape: [2] })
    const made = model({ inputs: x, outputs: layers.dense({ units: 1 })(x) }) as unknown as Model
    made.compile({ backend: here, optimizer: 'sgd', loss: 'mse' })
    await made.fit(random([8, 2], 1) as never, random([8, 1], 2) as never, {
      batchSize: 1,
      verbose: 'silent',
      callbacks: [{ onBatchEnd: async () => void ends.push(fired) }],
    })
    expect(ends.at(-1)).toBe(true)
    await made.dispose()
  })
})
