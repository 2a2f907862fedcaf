import { onnxruntime } from '@fn/backend-onnxruntime'
import { type Backend, Builder, Generator, type HostArray } from '@fn/core'
import { describe, expect, it } from 'vitest'

const square: HostArray = {
  shape: [256, 256],
  dtype: 'float32',
  data: Float32Array.from(new Generator(1).normal(256 * 256), (value) => value / 16),
}

/** The answer of one long step, and how often a timer fires meanwhile. */
async function longStep(backend: Backend): Promise<{ answer: HostArray; ticks: number; ms: number }> {
  const b = new Builder()
  const x = b.input(square, 'x')
  let y = x
  for (let at = 0; at < 60; at++) y = b.tanh(b.dot(y, x, { contract: [[1], [0]], batch: [[], []] }))
  const executable = await backend.compile(b.build({ y }))
  const given = backend.upload(square)
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const start = performance.now()
  const [output] = await executable.run([given])
  const ms = performance.now() - start
  clearInterval(timer)
  const answer = await backend.download(output!)
  executable.dispose()
  return { answer, ticks, ms }
}

describe('onnxruntime in a Web Worker', () => {
  it('gives the same bits while timers fire', { timeout: 120_000 }, async () => {
    const inWorker = await onnxruntime('wasm', { worker: true })
    const there = await longStep(inWorker)
    const here = await longStep(await onnxruntime('wasm'))
    expect(there.answer).toEqual(here.answer)
    expect(there.ticks).toBeGreaterThan(there.ms / 50)
    await inWorker.dispose()
  })

  it('says what there is not', async () => {
    await expect(onnxruntime('cpu')).rejects.toThrow(
      'onnxruntime: expected a provider, one of wasm, webgpu. Received: "cpu".',
    )
    await expect(onnxruntime('wasm', { worker: true, wasmPaths: '/nowhere/' })).rejects.toThrow(
      'onnxruntime: expected its WebAssembly files where `wasmPaths` says',
    )
  })
})
