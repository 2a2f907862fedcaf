import type { Builder } from '@fn/core'
import { bool, type Domain, type Draft, draft, float, int, label } from '../op-case.ts'

type UnaryOp =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'erf'

const kinks = [-2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3.5]
const small = [1e-3, -1e-3, 4e-4, -4e-4, 1e-4, -1e-4]
const large = [-100, -20, -8, -4, -2.5, -0.75, 0, 0.25, 1, 3, 5, 9, 30, 100]

function elementwise(op: UnaryOp, domain: Domain, ...more: readonly Draft[]): readonly [Draft, ...Draft[]] {
  const on = (...shape: number[]): Draft => draft(label(shape), [float(shape, domain)], (b, [x]) => b[op](x!))
  return [on(2, 3), on(), on(7), on(3, 1, 5), ...more]
}

/** At listed points, where a slope may be missing or no finite difference finds it. */
const at = (op: UnaryOp, what: string, points: readonly number[], gradient = false): Draft =>
  draft(what, [float([points.length], points)], (b: Builder, [x]) => b[op](x!), { gradient })

const integers = (op: 'neg' | 'abs' | 'sign'): Draft =>
  draft('int32', [int([3, 4])], (b, [x]) => b[op](x!), { gradient: false })

export const unaryCases = {
  neg: elementwise('neg', 'any', integers('neg')),
  abs: elementwise('abs', 'distinct', integers('abs'), at('abs', 'at the kink', [-1, 0, 1])),
  sign: elementwise('sign', 'distinct', integers('sign'), at('sign', 'of zero', [-2, 0, 2])),
  floor: elementwise('floor', 'distinct', at('floor', 'at integers and halves', kinks)),
  ceil: elementwise('ceil', 'distinct', at('ceil', 'at integers and halves', kinks)),
  round: elementwise('round', 'distinct', at('round', 'halves go to the even integer', kinks)),
  exp: elementwise(
    'exp',
    'any',
    ...[
      [2, 2, 2, 3],
      [2, 1, 3, 2, 2],
    ].map((shape) => draft(label(shape), [float(shape)], (b, [x]) => b.exp(x!))),
    at('exp', 'underflow and overflow', [-200, -80, 0, 80, 200]),
  ),
  expm1: elementwise('expm1', 'any', at('expm1', 'small arguments', small, true)),
  log: elementwise('log', 'positive', at('log', 'edges', [0, 1, 1e-30, 1e30])),
  log1p: elementwise('log1p', 'positive', at('log1p', 'small arguments', small, true)),
  sqrt: elementwise('sqrt', 'positive', at('sqrt', 'edges', [0, 1e-12, 1, 1e12])),
  sin: elementwise('sin', 'any'),
  cos: elementwise('cos', 'any'),
  tanh: elementwise(
    'tanh',
    'any',
    at('tanh', 'small arguments', small, true),
    at('tanh', 'saturated', large),
  ),
  sigmoid: elementwise('sigmoid', 'any', at('sigmoid', 'saturated', large)),
  erf: elementwise('erf', 'any', at('erf', 'small arguments', small, true), at('erf', 'saturated', large)),
  not: [
    draft('2×3', [bool([2, 3])], (b, [x]) => b.not(x!), { gradient: false }),
    draft('scalar', [bool([], [1])], (b, [x]) => b.not(x!), { gradient: false }),
  ],
} satisfies Record<UnaryOp | 'not', readonly [Draft, ...Draft[]]>
