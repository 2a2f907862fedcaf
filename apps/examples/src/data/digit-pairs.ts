import { Generator } from '@fn/core'
import type { Digits } from './mnist.ts'

/** How wide and high a digit is in a pair: all but the last row and column of MNIST's, which are empty. */
export const SIDE = 27
const WIDTH = 28

/** Pairs of pictures, one row each; half of the pairs show one digit twice. */
export interface DigitPairs {
  /** The smaller digit: row-major [count, SIDE, SIDE, 1]. */
  readonly smaller: Float32Array
  readonly larger: Float32Array
  /** 1 where both are the same digit. */
  readonly same: Float32Array
}

/** Random pairs, always the same. All digits are equally likely, whether or not a pair is of one. */
export function digitPairs(digits: Digits, count: number): DigitPairs {
  const random = new Generator(1)
  const byLabel = Array.from({ length: 10 }, (_, label) =>
    [...digits.labels.keys()].filter((at) => digits.labels[at] === label),
  )
  const smaller = new Float32Array(count * SIDE * SIDE)
  const larger = new Float32Array(count * SIDE * SIDE)
  const copyAny = (label: number, into: Float32Array, row: number): void => {
    const examples = byLabel[label]!
    const at = examples[Math.floor(random.uniform(1)[0]! * examples.length)]!
    for (let y = 0; y < SIDE; y++) {
      const start = (at * WIDTH + y) * WIDTH
      into.set(digits.images.subarray(start, start + SIDE), (row * SIDE + y) * SIDE)
    }
  }
  const same = Float32Array.from({ length: count }, (_, row) => row % 2)
  same.forEach((isSame, row) => {
    const [one, other] = random.permutation(10) as unknown as readonly [number, number]
    copyAny(isSame ? one : Math.min(one, other), smaller, row)
    copyAny(isSame ? one : Math.max(one, other), larger, row)
  })
  return { smaller, larger, same }
}
