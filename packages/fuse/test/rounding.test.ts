import { Builder } from '@fn/core'
import { group, isGroup, splatsOf, write } from '@fn/fuse'
import { expect, it } from 'vitest'

const SIZE = 8
const LEAST = 2 ** -101
const LEAST_NORMAL = 2 ** -126

it('lets means over steps fade to 0, and never to numbers that are slow to compute with', () => {
  // m′ = m + (g − m) / 10; v′ = v + (g² − v) / 1000; w′ = w − m′ / 100 / (√v′ + 1e-7)
  const b = new Builder()
  const inputs = ['g', 'm', 'v', 'w'].map((name) => b.input({ shape: [SIZE], dtype: 'float32' }, name))
  const [g, m, v, w] = inputs
  const mean = b.add(m!, b.mul(b.sub(g!, m!), 0.1))
  const square = b.add(v!, b.mul(b.sub(b.mul(g!, g!), v!), 0.001))
  const moved = b.sub(w!, b.div(b.mul(mean, 0.01), b.add(b.sqrt(square), 1e-7)))
  const program = b.build({ m: mean, v: square, w: moved })
  const splat = splatsOf(program)
  const groups = group(program, splat).filter(isGroup)
  expect(groups.length).toBe(1)
  const state = new Set([m, v, w].map((value) => value!.id))
  const { code, functions } = write(groups, program, splat, { rounded: state })
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { '': { m: memory } })
  const place = (at: number): Float32Array => new Float32Array(memory.buffer, at * SIZE * 4, SIZE)
  const at = (id: number): number => inputs.findIndex((value) => value.id === id) * SIZE * 4
  const outputs = functions[0]!.outputs.map(
    ({ id }) => (1 + program.outputs.findIndex((y) => y.id === id)) * SIZE * 4,
  )

  const means = { m: new Float64Array(SIZE), v: new Float64Array(SIZE) }
  for (let step = 0; step < 4000; step++) {
    // Slopes of all sizes, of which those of the last 3,500 steps are nothing, or next to it.
    place(0).forEach((_, i, slopes) => {
      const size = step < 500 ? 10 ** -(4 * i) : [0, 1e-12, 1e-18, 1e-24, 1e-30, 1e-36, 1e-40, 1e-45][i]!
      slopes[i] = size * Math.cos(step + i)
      means.m[i]! += (slopes[i]! - means.m[i]!) * 0.1
      means.v[i]! += (slopes[i]! ** 2 - means.v[i]!) * 0.001
    })
    ;(exports['0'] as (...addresses: number[]) => void)(
      ...functions[0]!.inputs.map(({ id }) => at(id)),
      ...outputs,
    )
    for (const value of [...place(1), ...place(2)]) expect(value === 0 || Math.abs(value) >= LEAST).toBe(true)
    for (const value of place(3)) expect(value === 0 || Math.abs(value) >= LEAST_NORMAL).toBe(true)
  }
  for (const [made, mean] of [[place(1), means.m] as const, [place(2), means.v] as const])
    made.forEach((value, i) => {
      expect(Math.abs(value - mean[i]!)).toBeLessThan(1e-4 * Math.abs(mean[i]!) + 1000 * LEAST)
    })
})
