import { formatShape, type HostArray, sameShape } from '@fn/core'

export interface Comparison {
  /** The worst error; 0 for equal arrays, Infinity where no tolerance helps. */
  readonly error: number
  /** What is wrong, in a sentence; undefined where the error is within the tolerance. */
  readonly mismatch: string | undefined
}

/**
 * Compares two arrays. The error of an element a against the expected e is |a − e| / max(|e|, r) where r is the root
 * mean square of the expected array: relative for the elements that matter, and no weaker for arrays of small numbers
 * than for arrays of large ones. (Where all that is expected is 0, it is |a|.) NaN equals NaN, an infinity equals
 * itself, and −0 equals 0. Integers and truth values, shapes and dtypes must be the same.
 *
 * @example
 * expect(compareArrays(expected, actual, 1e-5).mismatch).toBeUndefined()
 */
export function compareArrays(expected: HostArray, actual: HostArray, tolerance: number): Comparison {
  const type = ({ dtype, shape }: HostArray): string => `${dtype}${formatShape(shape)}`
  const fits =
    expected.dtype === actual.dtype &&
    sameShape(expected.shape, actual.shape) &&
    expected.data.length === actual.data.length
  if (!fits) {
    return {
      error: Infinity,
      mismatch: `Expected ${type(expected)} of ${expected.data.length} elements. Received: ${type(actual)} of ${actual.data.length}.`,
    }
  }

  const exact = expected.dtype !== 'float32'
  const scale = exact ? 0 : rootMeanSquare(expected.data) || 1
  let error = 0
  let worst = -1
  expected.data.forEach((e: number, at: number) => {
    const found = errorOf(e, actual.data[at]!, scale)
    if (found > error) {
      error = found
      worst = at
    }
  })
  if (worst < 0 || (error <= tolerance && !exact)) return { error, mismatch: undefined }
  const bound = exact ? 'exactly' : `within ${tolerance}`
  return {
    error: exact ? Infinity : error,
    mismatch: `Expected ${expected.data[worst]} ${bound} at element ${worst} of ${type(expected)}. Received: ${actual.data[worst]} (error ${error.toExponential(2)}).`,
  }
}

function errorOf(e: number, a: number, scale: number): number {
  if (e === a || (Number.isNaN(e) && Number.isNaN(a))) return 0
  const error = Math.abs(a - e) / Math.max(Math.abs(e), scale)
  return Number.isNaN(error) ? Infinity : error
}

function rootMeanSquare(data: HostArray['data']): number {
  let total = 0
  let count = 0
  for (const value of data) {
    if (!Number.isFinite(value)) continue
    total += value * value
    count++
  }
  return count === 0 ? 0 : Math.sqrt(total / count)
}
