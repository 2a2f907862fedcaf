import { Generator } from '@fn/core'

const generator = new Generator(1)

export const noise = (size: number): Float32Array => Float32Array.from(generator.uniform(size))

/** Whole numbers from 0 to below `end`. */
export const wholeNumbers = (size: number, end: number): Int32Array =>
  Int32Array.from({ length: size }, () => generator.next() % end)

export const bits = (size: number): Float32Array => Float32Array.from(wholeNumbers(size, 2))

/** Rows with a single 1, anywhere. */
export function oneHot(rows: number, width: number): Float32Array {
  const data = new Float32Array(rows * width)
  wholeNumbers(rows, width).forEach((place, row) => {
    data[row * width + place] = 1
  })
  return data
}
