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

  it('multiplies, and nothing is 1', async () => {
    expect((await compute((b, v) => b.reduceProd(v, [0, 2]), x)).data).toEqual([
      1 * 2 * 7 * 8,
      3 * 4 * 9 * 10,
      5 * 6 * 11 * 12,
    ])
    expect((await compute((b, v) => b.reduceProd(v, [0]), float([0, 2]))).data).toEqual([1, 1])
    expect((await compute((b, v) => b.reduceMax(v, [0]), float([0]))).data).toEqual([-Infinity])
  })

  it('sums on the way, forwards and backwards, with the element and without', async () => {
    const sums = async (settings: object) =>
      (await compute((b, v) => b.cumSum(v, -1, settings), float([4], 1, 2, 3, 4))).data
    expect(await sums({})).toEqual([1, 3, 6, 10])
    expect(await sums({ exclusive: true })).toEqual([0, 1, 3, 6])
    expect(await sums({ reverse: true })).toEqual([10, 9, 7, 4])
    expect(await sums({ exclusive: true, reverse: true })).toEqual([9, 7, 4, 0])
  })

  it('topK answers the greatest in order, of equals the first', async () => {
    const rows = float([2, 4], 1, 5, 5, 2, -1, -4, -3, -2)
    expect(await compute((b, v) => b.topK(v, 3)[0], rows)).toEqual({
      shape: [2, 3],
      data: [5, 5, 2, -1, -2, -3],
    })
    expect(await compute((b, v) => b.topK(v, 3)[1], rows)).toEqual({
      shape: [2, 3],
      data: [1, 2, 3, 0, 3, 2],
    })
  })
})
