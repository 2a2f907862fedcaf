import type { Equation, Shape } from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import type { Tensor } from '../graph/types.ts'
import type { Operand } from '../operand/operand.ts'
import { webgpuUnary } from '../webgpu/unary.ts'

/** Below it eˣ is far less than half a unit of the last place of 1. */
const FAR_BELOW = -60

export const unary = (emission: Emission): Family<'unary'> => {
  const node =
    (op: string) =>
    (inputs: readonly Operand[], _attrs: unknown, equation: Equation): readonly Operand[] =>
      emission.elementwiseNode(equation, inputs, op)

  const composed =
    (write: (x: Tensor, shape: Shape) => Tensor) =>
    (inputs: readonly Operand[], _attrs: unknown, equation: Equation): readonly Operand[] =>
      emission.elementwise(equation, inputs, ([x], shape) => write(x!, shape))

  return {
    neg: node('Neg'),
    abs: node('Abs'),
    sign: node('Sign'),
    floor: node('Floor'),
    ceil: node('Ceil'),
    round: node('Round'),
    exp: node('Exp'),
    // eˣ − 1 = 2 sinh(x/2) exp(x/2), without the loss of digits of the left side near 0. Far below zero, where sinh
    // overflows, both sides are −1.
    expm1: composed((x, shape) => {
      const f = emission.chain(shape)
      const half = f('Mul', f('Max', x, FAR_BELOW), 0.5)
      return f('Mul', f('Mul', f('Sinh', half), f('Exp', half)), 2)
    }),
    log: node('Log'),
    // With u = 1 + x as it is rounded, ln(1 + x) ≈ ln u + (x − (u − 1)) / u: the second term brings back what rounding
    // took. Where it took nothing the term is left out, for it could be 0/0 or ∞ − ∞.
    log1p: composed((x, shape) => {
      const f = emission.chain(shape)
      const u = f('Add', x, 1)
      const kept = f('Sub', u, 1)
      const exact = emission.chain(shape, 'bool')('Equal', kept, x)
      const lost = emission.graph.one(
        'Where',
        [exact, emission.graph.scalar(0), f('Div', f('Sub', x, kept), u)],
        { shape, dtype: 'float32' },
      )
      return f('Add', f('Log', u), lost)
    }),
    sqrt: node('Sqrt'),
    sin: node('Sin'),
    cos: node('Cos'),
    tanh: node('Tanh'),
    sigmoid: node('Sigmoid'),
    erf: node('Erf'),
    not: node('Not'),
    ...(emission.target === 'webgpu' && webgpuUnary(emission)),
  }
}
