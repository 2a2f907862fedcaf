import { describe, expect, it } from 'vitest'
import { bool, compute, float, int } from './run.ts'

describe('binary', () => {
  it('broadcasts as NumPy does', async () => {
    const column = float([2, 1], 10, 20)
    const row = float([3], 1, 2, 3)
    expect(await compute((b, x, y) => b.add(x, y), column, row)).toEqual({
      shape: [2, 3],
      data: [11, 12, 13, 21, 22, 23],
    })
    expect(await compute((b, x, y) => b.sub(y, x), column, row)).toEqual({
      shape: [2, 3],
      data: [-9, -8, -7, -19, -18, -17],
    })
  })

  it('divides integers toward zero, and by zero to zero', async () => {
    const x = int([5], 7, -7, 7, -7, 5)
    const y = int([5], 2, 2, -2, -2, 0)
    expect((await compute((b, p, q) => b.div(p, q), x, y)).data).toEqual([3, -3, -3, 3, 0])
  })

  it('wraps integers around at 32 bits', async () => {
    const x = int([2], 2147483647, 123456789)
    const y = int([2], 1, 987654321)
    expect((await compute((b, p, q) => b.add(p, q), x, y)).data).toEqual([-2147483648, 1111111110])
    // 123456789 · 987654321 = 121932631112635269 ≡ −67153019 (mod 2³²)
    expect((await compute((b, p, q) => b.mul(p, q), x, y)).data).toEqual([2147483647, -67153019])
  })

  it('divides floats as IEEE 754 says', async () => {
    const x = float([3], 1, -1, 0)
    expect((await compute((b, p) => b.div(p, 0), x)).data).toEqual([Infinity, -Infinity, Number.NaN])
  })

  it('pow', async () => {
    const x = float([4], 2, -2, 9, 0)
    const y = float([4], 10, 3, 0.5, 0)
    expect((await compute((b, p, q) => b.pow(p, q), x, y)).data).toEqual([1024, -8, 3, 1])
  })

  it('max and min', async () => {
    const x = float([3], -1, 2, 5)
    expect((await compute((b, p) => b.max(p, 2), x)).data).toEqual([2, 2, 5])
    expect((await compute((b, p) => b.min(p, 2), x)).data).toEqual([-1, 2, 2])
  })

  it('compares', async () => {
    const x = float([3], 1, 2, 3)
    expect((await compute((b, p) => b.less(p, 2), x)).data).toEqual([1, 0, 0])
    expect((await compute((b, p) => b.lessEqual(p, 2), x)).data).toEqual([1, 1, 0])
    expect((await compute((b, p) => b.equal(p, 2), x)).data).toEqual([0, 1, 0])
  })

  it('joins truth values', async () => {
    const x = bool([4], 0, 0, 1, 1)
    const y = bool([4], 0, 1, 0, 1)
    expect((await compute((b, p, q) => b.and(p, q), x, y)).data).toEqual([0, 0, 0, 1])
    expect((await compute((b, p, q) => b.or(p, q), x, y)).data).toEqual([0, 1, 1, 1])
  })
})

describe('choose', () => {
  it('selects, all three broadcast', async () => {
    const answer = await compute((b, c, x) => b.select(c, x, -1), bool([2, 1], 1, 0), float([3], 7, 8, 9))
    expect(answer).toEqual({ shape: [2, 3], data: [7, 8, 9, -1, -1, -1] })
  })

  it('casts toward zero, and to whether it is not 0', async () => {
    const x = float([4], -1.75, 0, 0.5, 2.75)
    expect((await compute((b, v) => b.cast(v, 'int32'), x)).data).toEqual([-1, 0, 0, 2])
    expect((await compute((b, v) => b.cast(v, 'bool'), x)).data).toEqual([1, 0, 1, 1])
    expect((await compute((b, v) => b.cast(v, 'bool'), int([3], -3, 0, 256))).data).toEqual([1, 0, 1])
    expect((await compute((b, v) => b.cast(v, 'float32'), bool([2], 1, 0))).data).toEqual([1, 0])
  })
})
