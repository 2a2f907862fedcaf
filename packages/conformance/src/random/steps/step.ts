import { broadcastShapes, concrete, type DType, type Shape, type Value } from '@fn/core'
import type { Choices } from '../choices.ts'
import type { Sketch } from '../sketch.ts'

/** Writes an equation or a few, and gives what others may go on from. */
export type Step = (s: Sketch, pick: Choices) => readonly Value[]

/** A shape that broadcasts with another one: sizes become 1, or more where they were 1, and leading axes fall away. */
export function partnerShape(pick: Choices, shape: Shape): number[] {
  return concrete(shape)
    .slice(pick.maybe(35) ? pick.below(shape.length + 1) : 0)
    .map((size) => (pick.maybe(25) ? (size === 1 ? pick.of([2, 3]) : 1) : size))
}

const doBroadcast = (a: Shape, b: Shape): boolean => {
  try {
    broadcastShapes(a, b)
    return true
  } catch {
    return false
  }
}

/** A value to put beside x: one that broadcasts with it, often of another shape. */
export const partner = (s: Sketch, pick: Choices, x: Value, dtype: DType = x.dtype): Value =>
  s.any(
    pick,
    dtype,
    ({ shape }) => doBroadcast(x.shape, shape),
    () => partnerShape(pick, x.shape),
  )

/** x itself where all of it is above a bound, else something that is: ½ + x² */
export const positive = (s: Sketch, x: Value): Value => (s.rangeOf(x)[0] > 0.1 ? x : s.add(s.mul(x, x), 0.5))

/** x itself where none of it is near 0, else ½ + x² */
export function nonzero(s: Sketch, x: Value): Value {
  const [least, greatest] = s.rangeOf(x)
  return least > 0.2 || greatest < -0.2 ? x : positive(s, x)
}

/** x itself where it is small, else its tanh. */
export function small(s: Sketch, x: Value, bound = 3): Value {
  const [least, greatest] = s.rangeOf(x)
  return least > -bound && greatest < bound ? x : s.tanh(x)
}

export const isFull = ({ shape }: Value): boolean => !shape.includes(0)
export const ofRank =
  (least: number, most = 5) =>
  ({ shape }: Value): boolean =>
    shape.length >= least && shape.length <= most
