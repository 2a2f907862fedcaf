import type { Builder } from '../builder.ts'
import type { DType, Value } from '../types.ts'
import { expectDType, type NoAttributes, nonDifferentiable, type OpDefinition } from './op.ts'

type Slope = (b: Builder, x: Value, y: Value, g: Value) => Value | null

/** y = f(x), element by element; `slope` gives dx from x, y and g = dy. */
function elementwise(slope: Slope, ...dtypes: readonly DType[]): OpDefinition<NoAttributes> {
  const accepted: readonly DType[] = dtypes.length > 0 ? dtypes : ['float32']
  return {
    arity: 1,
    infer([x]) {
      expectDType(x!, ...accepted)
      return [{ shape: x!.shape, dtype: x!.dtype }]
    },
    gradient: (b, { inputs, outputs, g }) => [slope(b, inputs[0]!, outputs[0]!, g)],
  }
}

/** Flat almost everywhere: the slope is zero, and nothing flows back. */
const flat: Slope = () => null

const not: OpDefinition<NoAttributes> = {
  arity: 1,
  infer([x]) {
    expectDType(x!, 'bool')
    return [{ shape: x!.shape, dtype: 'bool' }]
  },
  gradient: nonDifferentiable('a truth value has no slope'),
}

/**
 * NaN stays NaN, and infinities go where the limits are. Not defined are the sign of a zero and, for sin, cos and erf,
 * arguments beyond some thousands and how many digits of a result near 0 are right.
 */
export const unary = {
  neg: elementwise((b, _x, _y, g) => b.neg(g), 'float32', 'int32'),
  abs: elementwise((b, x, _y, g) => b.mul(g, b.sign(x)), 'float32', 'int32'),
  sign: elementwise(flat, 'float32', 'int32'),
  floor: elementwise(flat),
  ceil: elementwise(flat),
  /** To the nearest, halves to the even one (IEEE 754). */
  round: elementwise(flat),
  exp: elementwise((b, _x, y, g) => b.mul(g, y)),
  expm1: elementwise((b, _x, y, g) => b.mul(g, b.add(y, 1))),
  log: elementwise((b, x, _y, g) => b.div(g, x)),
  log1p: elementwise((b, x, _y, g) => b.div(g, b.add(x, 1))),
  // d√x = dx / 2√x
  sqrt: elementwise((b, _x, y, g) => b.div(b.mul(g, 0.5), y)),
  sin: elementwise((b, x, _y, g) => b.mul(g, b.cos(x))),
  cos: elementwise((b, x, _y, g) => b.neg(b.mul(g, b.sin(x)))),
  // d tanh x = (1 − tanh²x) dx
  tanh: elementwise((b, _x, y, g) => b.mul(g, b.sub(1, b.mul(y, y)))),
  // dσ(x) = σ(x)(1 − σ(x)) dx
  sigmoid: elementwise((b, _x, y, g) => b.mul(g, b.mul(y, b.sub(1, y)))),
  // d erf x = 2/√π · exp(−x²) dx
  erf: elementwise((b, x, _y, g) => b.mul(g, b.mul(b.exp(b.neg(b.mul(x, x))), 2 / Math.sqrt(Math.PI)))),
  not,
} satisfies Record<string, OpDefinition<NoAttributes>>
