import { describe, expect, it } from 'vitest'
import { bool, compute, counting, float, int } from './run.ts'

describe('move', () => {
  // 1 2 3
  // 4 5 6
  const x = counting([2, 3])

  it('reshape keeps the row-major order', async () => {
    expect(await compute((b, v) => b.reshape(v, [3, 2]), x)).toEqual({
      shape: [3, 2],
      data: [1, 2, 3, 4, 5, 6],
    })
  })

  it('transpose', async () => {
    expect(await compute((b, v) => b.transpose(v, [1, 0]), x)).toEqual({
      shape: [3, 2],
      data: [1, 4, 2, 5, 3, 6],
    })
    // y[k, i, j] = x[i, j, k] of 1 … 12 in [2, 3, 2]
    expect(await compute((b, v) => b.transpose(v, [2, 0, 1]), counting([2, 3, 2]))).toEqual({
      shape: [2, 2, 3],
      data: [1, 3, 5, 7, 9, 11, 2, 4, 6, 8, 10, 12],
    })
  })

  it('broadcast', async () => {
    expect(await compute((b, v) => b.broadcast(v, [2, 2, 2]), float([2, 1], 1, 2))).toEqual({
      shape: [2, 2, 2],
      data: [1, 1, 2, 2, 1, 1, 2, 2],
    })
  })

  it('slice by strides', async () => {
    expect(await compute((b, v) => b.slice(v, [0, 0], [null, 3], [1, 2]), x)).toEqual({
      shape: [2, 2],
      data: [1, 3, 4, 6],
    })
    expect(await compute((b, v) => b.slice(v, [1, 1], [2, null]), x)).toEqual({ shape: [1, 2], data: [5, 6] })
  })

  it('pad', async () => {
    expect(await compute((b, v) => b.pad(v, [0, 1], [1, 0], 9), x)).toEqual({
      shape: [3, 4],
      data: [9, 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9],
    })
  })

  it('concat', async () => {
    expect(await compute((b, p, q) => b.concat([p, q], 1), x, float([2, 1], 7, 8))).toEqual({
      shape: [2, 4],
      data: [1, 2, 3, 7, 4, 5, 6, 8],
    })
    expect((await compute((b, p, q) => b.concat([p, q, p], 0), bool([1], 1), bool([2], 0, 1))).data).toEqual([
      1, 0, 1, 1,
    ])
  })

  it('reverse', async () => {
    expect((await compute((b, v) => b.reverse(v, [1]), x)).data).toEqual([3, 2, 1, 6, 5, 4])
    expect((await compute((b, v) => b.reverse(v, [0, 1]), x)).data).toEqual([6, 5, 4, 3, 2, 1])
  })
})

describe('source', () => {
  it('constant, filled from one element or from all', async () => {
    expect((await compute((b) => b.constant([7], [2, 2], 'int32'))).data).toEqual([7, 7, 7, 7])
    expect((await compute((b) => b.constant([1, 0], [2], 'bool'))).data).toEqual([1, 0])
  })

  it('iota counts along its axis', async () => {
    expect((await compute((b) => b.iota([2, 3], 1))).data).toEqual([0, 1, 2, 0, 1, 2])
    expect((await compute((b) => b.iota([2, 3], 0, 'float32'))).data).toEqual([0, 0, 0, 1, 1, 1])
  })

  it('dimSize', async () => {
    expect(await compute((b, x) => b.dimSize(x, 1), counting([2, 3]))).toEqual({ shape: [], data: [3] })
  })

  it('draws no random numbers, and says so', async () => {
    await expect(compute((b, x) => b.add(x, b.random([2])), int([2], 1, 2))).rejects.toThrow(
      'Expected equal dtypes',
    )
    await expect(compute((b) => b.random([2]))).rejects.toThrow(
      'Backend "reference" can not run this program. Missing: random (float32) at "": the backend lacks this op.',
    )
  })
})

describe('control', () => {
  it('stopGradient lets the numbers through', async () => {
    expect((await compute((b, x) => b.stopGradient(x), float([2], 1, 2))).data).toEqual([1, 2])
  })
})
