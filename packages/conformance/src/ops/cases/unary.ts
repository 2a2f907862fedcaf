import type { Builder } from '@fn/core'
import {
  apart,
  bool,
  type Domain,
  type Draft,
  draft,
  extremeIntegers,
  float,
  int,
  label,
  notFinite,
  type OpCase,
} from '../op-case.ts'

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
const turns = [-1000, -100, -12.5, 20, 333, 5000]
const large = [-100, -20, -8, -4, -2.5, -0.75, 0, 0.25, 1, 3, 5, 9, 30, 100]

/** Shapes that no other case has; the last ones leave rests where a kernel takes four or more elements at a time. */
const shapes = {
  'no elements': [[0], [2, 0], [2, 0, 3]],
  'ranks 1 to 5 with axes of 1': [[1], [1, 1], [1, 3, 1], [2, 1, 3, 1], [1, 2, 1, 2, 3]],
  'odd sizes': [[3], [17], [33], [5, 13]],
}

function elementwise(op: UnaryOp, domain: Domain, ...more: readonly Draft[]): readonly [Draft, ...Draft[]] {
  const on = (...shape: number[]): Draft => draft(label(shape), [float(shape, domain)], (b, [x]) => b[op](x!))
  const others = Object.entries(shapes).map(([what, list]) =>
    apart(
      what,
      list.map((shape) => float(shape, domain)),
      (b, x) => b[op](x),
      { gradient: 'by rule' },
    ),
  )
  return [on(2, 3), on(), on(7), on(3, 1, 5), ...others, at(op, 'not finite', notFinite), ...more]
}

/** At listed points, where a slope may be missing or no finite difference finds it. */
const at = (
  op: UnaryOp,
  what: string,
  points: readonly number[],
  gradient: OpCase['gradient'] = false,
): Draft => draft(what, [float([points.length], points)], (b: Builder, [x]) => b[op](x!), { gradient })

const integers = (op: 'neg' | 'abs' | 'sign'): readonly Draft[] => [
  draft('int32', [int([3, 4])], (b, [x]) => b[op](x!), { gradient: false }),
  draft('int32, no elements', [int([0, 4])], (b, [x]) => b[op](x!), { gradient: false }),
  draft('int32, extremes', [int([8], extremeIntegers)], (b, [x]) => b[op](x!), { gradient: false }),
]

/** `gradient` says whether these are slopes that float32 holds. */
const far = (
  op: UnaryOp,
  domains: readonly ('huge' | 'tiny')[] = ['huge', 'tiny'],
  gradient: OpCase['gradient'] = 'by rule',
): readonly Draft[] =>
  domains.map((domain) => draft(domain, [float([2, 5], domain)], (b, [x]) => b[op](x!), { gradient }))

export const unaryCases = {
  neg: elementwise('neg', 'any', ...integers('neg'), ...far('neg')),
  abs: elementwise(
    'abs',
    'distinct',
    ...integers('abs'),
    at('abs', 'at the kink, where the slope is 0', [-1, 0, 1], 'by rule'),
    ...far('abs'),
  ),
  sign: elementwise(
    'sign',
    'distinct',
    ...integers('sign'),
    at('sign', 'of zero', [-2, 0, 2]),
    ...far('sign'),
  ),
  floor: elementwise('floor', 'distinct', at('floor', 'at integers and halves', kinks), ...far('floor')),
  ceil: elementwise('ceil', 'distinct', at('ceil', 'at integers and halves', kinks), ...far('ceil')),
  round: elementwise(
    'round',
    'distinct',
    at('round', 'halves go to the even integer', kinks),
    ...far('round'),
  ),
  exp: elementwise(
    'exp',
    'any',
    ...[
      [2, 2, 2, 3],
      [2, 1, 3, 2, 2],
    ].map((shape) => draft(label(shape), [float(shape)], (b, [x]) => b.exp(x!))),
    at('exp', 'underflow and overflow', [-200, -80, 0, 80, 200]),
    at('exp', 'at the ends of what float32 holds', [-87, -86.5, 88, 88.5]),
    ...far('exp', ['huge'], false),
    ...far('exp', ['tiny']),
  ),
  expm1: elementwise(
    'expm1',
    'any',
    at('expm1', 'small arguments', small, true),
    at('expm1', 'saturated', [-100, -30, -17, -9]),
    ...far('expm1', ['huge'], false),
    ...far('expm1', ['tiny']),
  ),
  log: elementwise(
    'log',
    'positive',
    at('log', 'edges', [0, 1, 1e-30, 1e30]),
    at('log', 'near 1', [0.999, 0.9999, 1.0001, 1.001], 'by rule'),
    at('log', 'of negative numbers', [-1, -1e-30, -1e30]),
  ),
  log1p: elementwise(
    'log1p',
    'positive',
    at('log1p', 'small arguments', small, true),
    at('log1p', 'near −1 and below', [-0.75, -0.99, -1, -1.5, -1e30]),
    at('log1p', 'huge', [1e10, 1e20, 1e30, 3e38], 'by rule'),
    ...far('log1p', ['tiny']),
  ),
  sqrt: elementwise(
    'sqrt',
    'positive',
    at('sqrt', 'edges', [0, 1e-12, 1, 1e12]),
    at('sqrt', 'huge', [1e28, 3e29, 1e30, 1e31], 'by rule'),
    at('sqrt', 'tiny', [1e-31, 1e-30, 3e-30], 'by rule'),
    at('sqrt', 'of negative numbers', [-1, -1e-30, -1e30]),
  ),
  sin: elementwise('sin', 'any', at('sin', 'many turns', turns, 'by rule')),
  cos: elementwise('cos', 'any', at('cos', 'many turns', turns, 'by rule')),
  tanh: elementwise(
    'tanh',
    'any',
    at('tanh', 'small arguments', small, true),
    at('tanh', 'saturated', large, 'by rule'),
    ...far('tanh'),
  ),
  sigmoid: elementwise('sigmoid', 'any', at('sigmoid', 'saturated', large, 'by rule'), ...far('sigmoid')),
  erf: elementwise(
    'erf',
    'any',
    at('erf', 'small arguments', small, true),
    at('erf', 'saturated', large, 'by rule'),
    ...far('erf', ['huge']),
  ),
  not: [
    draft('2×3', [bool([2, 3])], (b, [x]) => b.not(x!), { gradient: false }),
    draft('scalar', [bool([], [1])], (b, [x]) => b.not(x!), { gradient: false }),
    ...Object.entries(shapes).map(([what, list]) =>
      apart(
        what,
        list.map((shape) => bool(shape)),
        (b, x) => b.not(x),
        { gradient: false },
      ),
    ),
  ],
} satisfies Record<UnaryOp | 'not', readonly [Draft, ...Draft[]]>
