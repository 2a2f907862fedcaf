import { tfjs } from '@fn/backend-tfjs'
import { Builder } from '@fn/core'
import { engine, env } from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'

describe('tfjs in a page that is isolated from other origins', () => {
  it('runs wasm with threads, and neighbouring operations in one pass over the memory they share', async () => {
    const backend = await tfjs('wasm')
    expect(crossOriginIsolated).toBe(true)
    expect(await env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT')).toBe(true)
    const b = new Builder()
    const x = b.input({ shape: [5], dtype: 'float32' }, 'x')
    const executable = await backend.compile(b.build({ y: b.add(b.mul(x, x), b.abs(x)) }))
    const input = backend.upload({ shape: [5], dtype: 'float32', data: Float32Array.of(-2, -1, 0, 1, 2) })
    const runKernel = vi.spyOn(engine(), 'runKernel')
    const [y] = await executable.run([input])
    expect(runKernel).not.toHaveBeenCalled()
    expect([...(await backend.download(y!)).data]).toEqual([6, 2, 0, 2, 6])
    input.dispose()
    y!.dispose()
    executable.dispose()
  })

  it('runs its engines side by side', async () => {
    const data = Float32Array.of(1, 2, 3)
    for (const name of ['wasm', 'webgl', 'webgpu', 'cpu', 'wasm'] as const) {
      const backend = await tfjs(name)
      const b = new Builder()
      const x = b.input({ shape: [3], dtype: 'float32' }, 'x')
      const executable = await backend.compile(b.build({ y: b.mul(x, x) }))
      const input = backend.upload({ shape: [3], dtype: 'float32', data })
      const [y] = await executable.run([input])
      expect([...(await backend.download(y!)).data]).toEqual([1, 4, 9])
      input.dispose()
      y!.dispose()
      executable.dispose()
    }
  })
})
