import type { Builder } from '../../program/builder.ts'
import type { Shape, Value } from '../../program/types.ts'

/** A mask to multiply with: 1 / (1 − rate) with probability 1 − rate, else 0, so that the expectation stays. */
export function dropoutMask(b: Builder, shape: Shape, rate: number): Value {
  if (rate === 1) return b.constant([0], shape)
  const keep = 1 - rate
  return b.select(b.less(b.random(shape), keep), b.scalar(1 / keep), b.scalar(0))
}
