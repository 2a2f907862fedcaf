import type { Builder, Value } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { bool, compute, float, int } from './run.ts'

describe('unary', () => {
  // erf as glibc 2.36 gives it.
  it.each([
    [0, 0],
    [1e-9, 1.1283791670955127e-9],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [1.999, 0.9953015566513705],
    [2, 0.9953222650189527],
    [2.5, 0.999593047982555],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [5.5, 0.9999999999999927],
    [100, 1],
    [Infinity, 1],
  ])('erf(%f) is odd, and right to 1e-15', async (x, expected) => {
    const { data } = await compute((b, v) => b.erf(v), float([2], x, -x))
    expect(Math.abs(data[0]! - expected)).toBeLessThanOrEqual(1e-15 * expected)
    expect(data[1]).toBe(-data[0]!)
  })

  it('erf passes NaN on', async () => {
    expect((await compute((b, x) => b.erf(x), float([], Number.NaN))).data).toEqual([Number.NaN])
  })

  it('rounds halves to the even integer', async () => {
    const x = float([8], -2.5, -1.5, -0.75, 0.49999999999999994, 0.5, 1.5, 2.5, 4503599627370497)
    expect((await compute((b, v) => b.round(v), x)).data).toEqual([-2, -2, -1, 0, 0, 2, 2, 4503599627370497])
  })

  it.each<[string, (b: Builder, x: Value) => Value, number, number]>([
    ['neg', (b, x) => b.neg(x), 2, -2],
    ['abs', (b, x) => b.abs(x), -2, 2],
    ['sign', (b, x) => b.sign(x), -3, -1],
    ['floor', (b, x) => b.floor(x), -1.5, -2],
    ['ceil', (b, x) => b.ceil(x), -1.5, -1],
    ['exp', (b, x) => b.exp(x), 1, Math.E],
    ['expm1', (b, x) => b.expm1(x), 1e-10, 1.00000000005e-10],
    ['log', (b, x) => b.log(x), 8, 3 * Math.LN2],
    ['log1p', (b, x) => b.log1p(x), 1e-10, 9.9999999995e-11],
    ['sqrt', (b, x) => b.sqrt(x), 2, Math.SQRT2],
    ['sin', (b, x) => b.sin(x), Math.PI / 6, 0.5],
    ['cos', (b, x) => b.cos(x), Math.PI / 3, 0.5],
    ['tanh', (b, x) => b.tanh(x), Math.LN2, 0.6],
    ['sigmoid', (b, x) => b.sigmoid(x), Math.log(3), 0.75],
  ])('%s', async (_name, op, x, expected) => {
    const [y] = (await compute(op, float([], x))).data
    expect(Math.abs(y! - expected)).toBeLessThanOrEqual(1e-15 * Math.abs(expected))
  })

  it('sigmoid does not overflow', async () => {
    expect((await compute((b, x) => b.sigmoid(x), float([2], -1000, 1000))).data).toEqual([0, 1])
  })

  it('keeps integers integers', async () => {
    expect((await compute((b, x) => b.abs(x), int([2], -3, 4))).data).toEqual([3, 4])
  })

  it('not', async () => {
    expect((await compute((b, x) => b.not(x), bool([2], 1, 0))).data).toEqual([0, 1])
  })
})
