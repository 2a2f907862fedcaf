import { Builder } from '@fn/core'
import { group, isGroup, splatsOf, write, writeSweep } from '@fn/fuse'
import { expect, it } from 'vitest'

const SIZE = 32
const BYTES = SIZE * 4
const LEAST = 2 ** -101
const LEAST_NORMAL = 2 ** -126
/** Each sweep goes over so many bytes of the two means. */
const PART = 16

it('lets means over steps fade to 0, and never to numbers that are slow to compute with', () => {
  // m′ = m + (g − m) / 10; v′ = v + (g² − v) / 1000; w′ = w − m′ / 100 / (√v′ + 1e-7)
  const b = new Builder()
  const inputs = ['m', 'v', 'w', 'g'].map((name) => b.input({ shape: [SIZE], dtype: 'float32' }, name))
  const [m, v, w, g] = inputs
  const mean = b.add(m!, b.mul(b.sub(g!, m!), 0.1))
  const square = b.add(v!, b.mul(b.sub(b.mul(g!, g!), v!), 0.001))
  const moved = b.sub(w!, b.div(b.mul(mean, 0.01), b.add(b.sqrt(square), 1e-7)))
  const program = b.build({ m: mean, v: square, w: moved })
  const splat = splatsOf(program)
  const groups = group(program, splat).filter(isGroup)
  expect(groups.length).toBe(1)
  const swept = new Set([m, v, w].map((value) => value!.id))
  const { code, functions } = write(groups, program, splat, { swept })
  const memory = new WebAssembly.Memory({ initial: 1 })
  const functionOf = (module: Uint8Array<ArrayBuffer>) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), { '': { m: memory } })
    return exports['0'] as (...addresses: number[]) => void
  }
  const [step, sweep] = [functionOf(code), functionOf(writeSweep(PART))]
  const place = (at: number): Float32Array => new Float32Array(memory.buffer, at * BYTES, SIZE)
  // Each output lies where its input does.
  const addresses = [
    ...functions[0]!.inputs.map(({ id }) => inputs.findIndex((value) => value.id === id) * BYTES),
    ...functions[0]!.outputs.map(({ id }) => program.outputs.findIndex((y) => y.id === id) * BYTES),
  ]

  const means = { m: new Float64Array(SIZE), v: new Float64Array(SIZE) }
  for (let count = 0; count < 4000; count++) {
    // Slopes of all sizes, of which those of the last 3,500 steps are nothing, or next to it.
    place(3).forEach((_, i, slopes) => {
      const kind = i % 8
      const size =
        count < 500 ? 10 ** -(4 * kind) : [0, 1e-12, 1e-18, 1e-24, 1e-30, 1e-36, 1e-40, 1e-45][kind]!
      slopes[i] = size * Math.cos(count + i)
      // Those whose square is too small count for neither mean.
      const slope = Math.abs(slopes[i]!) < 2 ** -50 ? 0 : slopes[i]!
      means.m[i]! += (slope - means.m[i]!) * 0.1
      means.v[i]! += (slope ** 2 - means.v[i]!) * 0.001
    })
    step(...addresses)
    sweep((count * PART) % (2 * BYTES))
    for (const at of [0, 1, 2])
      for (const value of place(at)) expect(value === 0 || Math.abs(value) >= LEAST_NORMAL).toBe(true)
  }
  for (const [made, mean] of [[place(0), means.m] as const, [place(1), means.v] as const])
    made.forEach((value, i) => {
      expect(Math.abs(value - mean[i]!)).toBeLessThan(1e-4 * Math.abs(mean[i]!) + 1000 * LEAST)
    })
  // Where nothing is added, nothing is left.
  expect(place(0)[0]).toBe(0)
})
