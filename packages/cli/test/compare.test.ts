import { Builder, type HostArray } from '@fn/core'
import { expect, it } from 'vitest'
import { compare } from '../src/run/compare.ts'
import { engineFor } from '../src/run/engines.ts'

const array = (...data: number[]): HostArray => ({
  shape: [data.length],
  dtype: 'float32',
  data: Float64Array.from(data),
})
const apart = (expected: HostArray, found: HostArray) => compare('y', expected, found, 0.01)

it('measures differences by the largest value', () => {
  expect(apart(array(0, 200), array(1, 200))).toEqual({
    output: 'y',
    shape: [2],
    difference: 1,
    largest: 200,
    relative: 0.005,
    distance: 0.005,
    agreement: 1,
    ok: true,
  })
  expect(apart(array(0, 0.002), array(0.001, 0.002))).toMatchObject({ relative: 0.5, ok: false })
  expect(apart(array(0), array(0.001))).toMatchObject({ relative: 0.001, ok: true })
})

it('has no patience with what is no number', () => {
  expect(apart(array(NaN, Infinity, 1), array(NaN, Infinity, 1))).toMatchObject({ difference: 0, ok: true })
  expect(apart(array(1), array(NaN))).toMatchObject({ difference: Infinity, ok: false })
  expect(apart(array(NaN), array(1))).toMatchObject({ difference: Infinity, ok: false })
  expect(apart(array(Infinity), array(-Infinity))).toMatchObject({ difference: Infinity, ok: false })
  expect(apart(array(1), array(1, 1))).toMatchObject({ difference: Infinity, ok: false })
})

it('asks the reference, or tfjs where that would take long', async () => {
  const product = (size: number) => {
    const b = new Builder()
    const x = b.input({ shape: [size, size], dtype: 'float32' }, 'x')
    return b.build({ y: b.matmul(x, x) })
  }
  expect((await engineFor('auto')(product(100))).name).toBe('reference')
  expect((await engineFor('auto')(product(1000))).name).toBe('tfjs wasm')
  expect((await engineFor('reference')(product(1000))).name).toBe('reference')
  expect((await engineFor('wasm')(product(100))).name).toBe('tfjs wasm')
})
