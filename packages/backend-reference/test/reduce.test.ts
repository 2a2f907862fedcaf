import { describe, expect, it } from 'vitest'
import { compute, counting, float, int } from './run.ts'

describe('reduce', () => {
  const x = counting([2, 3, 2])

  it('sums over some axes, which go or stay as ones', async () => {
    expect(await compute((b, v) => b.reduceSum(v, [1]), x)).toEqual({ shape: [2, 2], data: [9, 12, 27, 30] })
    expect(await compute((b, v) => b.reduceSum(v, [0, 2], true), x)).toEqual({
      shape: [1, 3, 1],
      data: [18, 26, 34],
    })
    expect(await compute((b, v) => b.reduceSum(v), x)).toEqual({ shape: [], data: [78] })
  })

  it('finds extremes, below zero too', async () => {
    const negative = float([2, 2], -4, -3, -2, -1)
    expect((await compute((b, v) => b.reduceMax(v, [1]), negative)).data).toEqual([-3, -1])
    expect((await compute((b, v) => b.reduceMin(v, [0]), negative)).data).toEqual([-4, -3])
    expect((await compute((b, v) => b.reduceMax(v), int([2], -7, -9))).data).toEqual([-7])
    expect((await compute((b, v) => b.reduceMin(v), int([2], 7, 9))).data).toEqual([7])
  })

  it('argMax answers the first of equals', async () => {
    const ties = float([2, 3], 1, 5, 5, 2, 2, 2)
    expect(await compute((b, v) => b.argMax(v, 1), ties)).toEqual({ shape: [2], data: [1, 0] })
    expect(await compute((b, v) => b.argMax(v, 0), ties)).toEqual({ shape: [3], data: [1, 0, 0] })
  })
})
