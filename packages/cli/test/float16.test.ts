import { halfBits } from '@fn/onnx'
import { expect, it } from 'vitest'
import { fromHalf } from '../src/run/float16.ts'

const finite = Array.from({ length: 0x7bff }, (_, half) => half)

it('keeps every half', () => {
  const all = finite.flatMap((half) => [half, half | 0x8000]).concat(0x7bff, 0x7c00, 0xfc00)
  expect(all.filter((half) => halfBits(fromHalf(half)) !== half)).toEqual([])
  expect(fromHalf(halfBits(NaN))).toBeNaN()
  expect([0x3c00, 1, 0x7bff, 0xfc00].map(fromHalf)).toEqual([1, 2 ** -24, 65504, -Infinity])
})

it('rounds to the nearest half, and between two to the even one', () => {
  const wrong = finite.filter((half) => {
    const [low, high] = [fromHalf(half), fromHalf(half + 1)]
    const at = (share: number): number => halfBits(low + (high - low) * share)
    return at(0.49) !== half || at(0.51) !== half + 1 || at(0.5) !== half + (half % 2)
  })
  expect(wrong).toEqual([])
  expect([65519, 65520, -1e-9].map(halfBits)).toEqual([0x7bff, 0x7c00, 0x8000])
})
