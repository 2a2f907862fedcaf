import { broadcastShapes } from '../dims.ts'
import type { DType } from '../types.ts'
import { expectDType, expectSameDType, type NoAttributes, type OpDefinition } from './op.ts'

export interface CastAttributes {
  readonly dtype: DType
}

/** select(condition, x, y): x where the condition holds, else y; all three broadcast. */
const select: OpDefinition<NoAttributes> = {
  arity: 3,
  infer([condition, x, y]) {
    expectDType(condition!, 'bool')
    expectSameDType(x!, y!)
    return [
      { shape: broadcastShapes(broadcastShapes(condition!.shape, x!.shape), y!.shape), dtype: x!.dtype },
    ]
  },
  gradient(b, { inputs: [condition, x, y], g }) {
    const zero = b.scalar(0, g.dtype)
    return [
      null,
      b.sumTo(b.select(condition!, g, zero), x!.shape),
      b.sumTo(b.select(condition!, zero, g), y!.shape),
    ]
  },
}

/** float32 → int32 truncates toward zero, and is not defined for what int32 does not hold; anything → bool is x ≠ 0. */
const cast: OpDefinition<CastAttributes> = {
  arity: 1,
  infer: ([x], { dtype }) => [{ shape: x!.shape, dtype }],
  gradient: (b, { inputs: [x], attrs, g }) => [
    x!.dtype === 'float32' && attrs.dtype === 'float32' ? b.cast(g, x!.dtype) : null,
  ],
}

export const choose = { select, cast }
