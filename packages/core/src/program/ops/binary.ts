import type { Builder } from '../builder.ts'
import { broadcastShapes } from '../dims.ts'
import type { Value } from '../types.ts'
import {
  expectDType,
  expectSameDType,
  type NoAttributes,
  nonDifferentiable,
  type OpDefinition,
} from './op.ts'

/** The second may stand in the first, where x is y. */
type Slopes = (b: Builder, x: Value, y: Value, z: Value, g: Value) => readonly [Value, Value | null]

/**
 * z = f(x, y) with NumPy broadcasting; the slopes are summed back to the shapes of x and y. What can be done after a sum is:
 * it goes over fewer elements then.
 */
function arithmetic(slopes: Slopes): OpDefinition<NoAttributes> {
  return {
    arity: 2,
    infer([x, y]) {
      expectSameDType(x!, y!)
      expectDType(x!, 'float32', 'int32')
      return [{ shape: broadcastShapes(x!.shape, y!.shape), dtype: x!.dtype }]
    },
    gradient(b, { inputs: [x, y], outputs: [z], g }) {
      const [dx, dy] = slopes(b, x!, y!, z!, g)
      return [b.sumTo(dx, x!.shape), dy && b.sumTo(dy, y!.shape)]
    },
  }
}

function truth(
  reason: string,
  ...dtypes: readonly ('float32' | 'int32' | 'bool')[]
): OpDefinition<NoAttributes> {
  return {
    arity: 2,
    infer([x, y]) {
      expectSameDType(x!, y!)
      expectDType(x!, ...dtypes)
      return [{ shape: broadcastShapes(x!.shape, y!.shape), dtype: 'bool' }]
    },
    gradient: nonDifferentiable(reason),
  }
}

/**
 * NaN and infinities as IEEE 754 has them: of NaN and a number the greater and the smaller one are NaN too. int32 wraps
 * around in sums and differences. Not defined are the sign of a zero, integers divided by 0, quotients and products of integers
 * beyond what float32 counts (2²⁴) and float64 counts (2⁵³), powers of integers that int32 does not hold or whose exponent is
 * negative, and (±1)^±∞ and 1^NaN.
 */
export const binary = {
  add: arithmetic((_b, _x, _y, _z, g) => [g, g]),
  sub: arithmetic((b, _x, y, _z, g) => [g, b.neg(b.sumTo(g, y.shape))]),
  mul: arithmetic((b, x, y, _z, g) =>
    x.id === y.id ? [b.mul(b.mul(g, 2), x), null] : [b.mul(g, y), b.mul(g, x)],
  ),
  // d(x/y) = dx/y − x/y² dy. Integers divide toward zero.
  div: arithmetic((b, _x, y, z, g) => [b.div(g, y), b.neg(b.div(b.sumTo(b.mul(g, z), y.shape), y))]),
  // d(xʸ) = y·xʸ⁻¹ dx + xʸ·ln x dy, and no slope in y where x ≤ 0
  pow: arithmetic((b, x, y, z, g) => [
    b.mul(g, b.mul(y, b.pow(x, b.sub(y, 1)))),
    b.mul(g, b.mul(z, b.log(b.select(b.less(0, x), x, b.onesLike(x))))),
  ]),
  // Where x = y the slope goes to x alone.
  max: arithmetic((b, x, y, _z, g) => {
    const fromX = b.cast(b.lessEqual(y, x), g.dtype)
    return [b.mul(g, fromX), b.mul(g, b.sub(1, fromX))]
  }),
  min: arithmetic((b, x, y, _z, g) => {
    const fromX = b.cast(b.lessEqual(x, y), g.dtype)
    return [b.mul(g, fromX), b.mul(g, b.sub(1, fromX))]
  }),
  equal: truth('a comparison has no slope', 'float32', 'int32', 'bool'),
  less: truth('a comparison has no slope', 'float32', 'int32'),
  lessEqual: truth('a comparison has no slope', 'float32', 'int32'),
  and: truth('a truth value has no slope', 'bool'),
  or: truth('a truth value has no slope', 'bool'),
} satisfies Record<string, OpDefinition<NoAttributes>>
