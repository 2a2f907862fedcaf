import type { PoolAttributes } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { compute, float } from './run.ts'

const pool = (
  window: number,
  stride: number,
  padding: readonly [number, number] = [0, 0],
): PoolAttributes => ({
  window: [window],
  strides: [stride],
  padding: [padding],
})

describe('maxPool', () => {
  const x = float([1, 5, 1], -3, -1, -2, -5, -4)

  it.each<[string, PoolAttributes, number[]]>([
    ['not overlapping', pool(2, 2), [-1, -2]],
    ['overlapping', pool(3, 1), [-1, -1, -2]],
    ['padding counts as −∞', pool(3, 2, [1, 1]), [-1, -1, -4]],
    ['gaps', pool(2, 3), [-1, -4]],
  ])('takes the greatest, below zero too: %s', async (_what, attrs, expected) => {
    expect((await compute((b, v) => b.maxPool(v, attrs), x)).data).toEqual(expected)
  })

  it('keeps samples and channels apart', async () => {
    // Samples [[1, 8], [2, 7]] and [[4, 5], [3, 6]] of two places and two channels
    const two = float([2, 2, 2], 1, 8, 2, 7, 4, 5, 3, 6)
    expect(await compute((b, v) => b.maxPool(v, pool(2, 2)), two)).toEqual({
      shape: [2, 1, 2],
      data: [2, 8, 4, 6],
    })
  })

  it('in two dimensions', async () => {
    const square = float([1, 3, 3, 1], 1, 2, 3, 4, 5, 6, 7, 8, 9)
    const attrs: PoolAttributes = {
      window: [2, 2],
      strides: [2, 2],
      padding: [
        [0, 1],
        [1, 0],
      ],
    }
    // Columns {−, 0} and {1, 2}; rows {0, 1} and {2, −}
    expect(await compute((b, v) => b.maxPool(v, attrs), square)).toEqual({
      shape: [1, 2, 2, 1],
      data: [4, 6, 7, 9],
    })
  })

  const grad = (attrs: PoolAttributes, values: number[], g: number[]) =>
    compute(
      (b, v, into) => b.maxPoolGrad(v, b.maxPool(v, attrs), into, attrs),
      float([1, values.length, 1], ...values),
      float([1, g.length, 1], ...g),
    )

  it('the slope goes to the greatest, below zero too, and adds up where windows overlap', async () => {
    expect((await grad(pool(2, 2), [-3, -1, -2, -5], [1, 10])).data).toEqual([0, 1, 10, 0])
    expect((await grad(pool(3, 1), [-3, -1, -2, -5, -4], [1, 10, 100])).data).toEqual([0, 11, 100, 0, 0])
  })

  it('of equal elements the first gets the slope', async () => {
    expect((await grad(pool(2, 2), [7, 7, 0, 0], [1, 10])).data).toEqual([1, 0, 10, 0])
    expect((await grad(pool(3, 1, [1, 1]), [0, 0, 0], [1, 10, 100])).data).toEqual([11, 100, 0])
  })
})

describe('avgPool', () => {
  it('divides by the elements that are no padding', async () => {
    const x = float([1, 3, 1], 3, 6, 12)
    expect((await compute((b, v) => b.avgPool(v, pool(3, 1, [1, 1])), x)).data).toEqual([4.5, 7, 9])
    expect((await compute((b, v) => b.avgPool(v, pool(2, 2)), x)).data).toEqual([4.5])
  })

  it('gives each element its share back', async () => {
    const g = float([1, 3, 1], 2, 30, 400)
    const attrs = { ...pool(3, 1, [1, 1]), inputSize: [3] }
    expect((await compute((b, v) => b.avgPoolGrad(v, attrs), g)).data).toEqual([11, 211, 210])
  })
})
