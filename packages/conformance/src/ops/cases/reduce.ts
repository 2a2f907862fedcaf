import type { Builder, Value } from '@fn/core'
import {
  type CaseInput,
  type Domain,
  type Draft,
  draft,
  extremeIntegers,
  float,
  int,
  label,
  type OpCase,
} from '../op-case.ts'

type Reduction = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin'

const requests: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [[5], [0]],
  [[2, 3], [0]],
  [[2, 3], [1]],
  [
    [2, 3],
    [0, 1],
  ],
  [[2, 3, 4], [1]],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [2, 3, 4],
    [0, 1, 2],
  ],
  [[3, 1, 2], [1]],
  [
    [2, 3, 2, 3],
    [1, 2],
  ],
  [
    [2, 3, 2, 3],
    [0, 1, 3],
  ],
  [
    [2, 2, 3, 2, 2],
    [1, 3],
  ],
]

/** Of nothing: 0, or the number that is below or above all others. */
const empty: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [[0], [0]],
  [[2, 0], [1]],
  [[2, 0], [0]],
  [[0, 3], [0]],
  [
    [2, 0, 3],
    [0, 1],
  ],
]

/** The first axes, the last ones, and rests where a kernel takes four or more elements at a time. */
const odd: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [[17], [0]],
  [[5, 13], [0]],
  [[13, 5], [1]],
  [
    [3, 5, 7],
    [0, 1],
  ],
  [
    [1, 1, 33],
    [0, 2],
  ],
]

function reductions(op: Reduction, domain: Domain, ...more: readonly Draft[]): readonly [Draft, ...Draft[]] {
  const cases = requests.flatMap(([shape, axes]) =>
    [false, true].map((keepDims) =>
      draft(`${label(shape)} over ${axes}${keepDims ? ', kept' : ''}`, [float(shape, domain)], (b, [x]) =>
        b[op](x!, axes, keepDims),
      ),
    ),
  )
  const all = (what: string, list: typeof requests, make: (shape: readonly number[]) => CaseInput): Draft =>
    draft(
      what,
      list.map(([shape]) => make(shape)),
      (b, xs) => list.flatMap(([, axes], at) => [b[op](xs[at]!, axes), b[op](xs[at]!, axes, true)]),
      { gradient: 'by rule' },
    )
  const whole = (what: string, make: (b: Builder, x: Value) => Value, x: CaseInput): Draft =>
    draft(what, [x], (b, [given]) => make(b, given!), { gradient: false })
  return [
    ...(cases as [Draft, ...Draft[]]),
    whole('int32', (b, x) => b[op](x, [1]), int([3, 4])),
    whole('int32, over the first axes', (b, x) => b[op](x, [0, 1]), int([3, 4, 2])),
    whole('int32, no elements', (b, x) => b[op](x, [1]), int([2, 0])),
    all('no elements', empty, (shape) => float(shape, domain)),
    all('odd sizes', odd, (shape) => float(shape, domain)),
    draft('over no axes', [float([2, 3], domain)], (b, [x]) =>
      b.emit(op, [x!], { axes: [], keepDims: false }),
    ),
    draft('of a scalar', [float([], domain)], (b, [x]) => b.emit(op, [x!], { axes: [], keepDims: true })),
    draft('over axes of 1', [float([1, 3, 1], domain)], (b, [x]) => b[op](x!, [0, 2])),
    ...(['huge', 'tiny'] as const).map((far) =>
      draft(far, [float([3, 5], far)], (b, [x]) => b[op](x!, [1]), { gradient: 'by rule' }),
    ),
    ...more,
  ]
}

const infinite = (op: Reduction): Draft =>
  draft(
    'infinities',
    [
      float(
        [4, 3],
        [
          [Infinity, 1, 2],
          [-Infinity, 1, 2],
          [-Infinity, -Infinity, -Infinity],
          [Infinity, Infinity, 5],
        ].flat(),
      ),
    ],
    (b, [x]) => [b[op](x!, [1]), b[op](b.transpose(x!, [1, 0]), [0])],
    { gradient: false },
  )

const poisoned = (op: 'reduceSum'): Draft =>
  draft(
    'NaN, wherever it stands',
    [
      float(
        [3, 9],
        [0, 1, 2].flatMap((row) => Array.from({ length: 9 }, (_, at) => (at === 4 * row ? NaN : at))),
      ),
    ],
    (b, [x]) => [b[op](x!, [1]), b[op](b.transpose(x!, [1, 0]), [0])],
    { gradient: false },
  )

const extremes = (op: 'reduceMax' | 'reduceMin'): Draft =>
  draft('int32, extremes', [int([4, 2], extremeIntegers)], (b, [x]) => b[op](x!, [1]), { gradient: false })

const negative = (op: 'reduceMax' | 'reduceMin'): Draft =>
  draft('all negative', [float([3, 5], 'negative')], (b, [x]) => b[op](x!, [1]))

const ties = (op: 'reduceMax' | 'reduceMin'): Draft =>
  draft('ties share the slope', [float([3, 9], 'integers')], (b, [x]) => b[op](x!, [1]), {
    gradient: 'by rule',
  })

const cumSum = (
  shape: readonly number[],
  axis: number,
  attrs: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
): Draft => {
  const how = Object.keys(attrs).map((key) => `, ${key}`)
  return draft(`${label(shape)} along ${axis}${how.join('')}`, [float(shape)], (b, [x]) =>
    b.cumSum(x!, axis, attrs),
  )
}

/** In every direction. */
const sums = (what: string, x: CaseInput, axis: number, gradient: OpCase['gradient'] = false): Draft =>
  draft(
    what,
    [x],
    (b, [given]) =>
      [false, true].flatMap((exclusive) =>
        [false, true].map((reverse) => b.cumSum(given!, axis, { exclusive, reverse })),
      ),
    { gradient },
  )

const topK = (shape: readonly number[], k: number, domain: Domain = 'distinct', what = ''): Draft =>
  draft(`${label(shape)}, ${k} of them${what}`, [float(shape, domain)], (b, [x]) => b.topK(x!, k), {
    gradient: domain === 'distinct' || 'by rule',
  })

const argMax = (shape: readonly number[], axis: number, domain: Domain): Draft =>
  draft(
    `${label(shape)} along ${axis}${domain === 'distinct' ? '' : `, ${domain}`}`,
    [float(shape, domain)],
    (b, [x]) => b.argMax(x!, axis),
    { gradient: false },
  )

export const reduceCases = {
  reduceSum: reductions(
    'reduceSum',
    'any',
    infinite('reduceSum'),
    poisoned('reduceSum'),
    draft(
      'more than float32 holds, and a difference of infinities',
      [float([2, 3], [3e38, 3e38, 1, Infinity, -Infinity, 1])],
      (b, [x]) => [b.reduceSum(x!, [1]), b.reduceSum(b.transpose(x!, [1, 0]), [0])],
      { gradient: false },
    ),
    draft(
      'int32, more than float32 counts',
      [int([2, 3], [16777217, 2, 5, -16777217, -2, -7])],
      (b, [x]) => [b.reduceSum(x!, [1]), b.reduceSum(x!, [0])],
      {
        gradient: false,
      },
    ),
    draft('a sum of sums', [float([2, 3, 4])], (b, [x]) => b.reduceSum(b.reduceSum(x!, [1]), [0])),
  ),
  reduceProd: reductions(
    'reduceProd',
    'nonzero',
    infinite('reduceProd'),
    draft(
      'zeros, of which one leaves its own slope',
      [float([4, 3], [1, 0, 2, 0, 3, 0, 2, -3, 4, 0, 0, 0])],
      (b, [x]) => [b.reduceProd(x!, [1]), b.reduceProd(x!, [0], true), b.reduceProd(x!)],
    ),
    draft(
      'more and less than float32 holds',
      [float([2, 3], [1e20, 1e20, 2, 1e-30, 1e-30, 3])],
      (b, [x]) => b.reduceProd(x!, [1]),
      {
        gradient: false,
      },
    ),
  ),
  reduceMax: reductions(
    'reduceMax',
    'distinct',
    negative('reduceMax'),
    ties('reduceMax'),
    extremes('reduceMax'),
    infinite('reduceMax'),
  ),
  reduceMin: reductions(
    'reduceMin',
    'distinct',
    negative('reduceMin'),
    ties('reduceMin'),
    extremes('reduceMin'),
    infinite('reduceMin'),
  ),
  argMax: [
    argMax([5], 0, 'distinct'),
    argMax([3, 4], 0, 'distinct'),
    argMax([3, 4], 1, 'distinct'),
    argMax([2, 3, 4], 1, 'distinct'),
    argMax([2, 2, 3, 2], 2, 'distinct'),
    argMax([3, 5], 1, 'negative'),
    argMax([4, 9], 1, 'integers'),
    draft(
      'the first of equals',
      [
        float(
          [3, 4],
          [
            [1, 2, 2, 1],
            [0, 0, 0, 0],
            [-1, -3, -1, -1],
          ].flat(),
        ),
      ],
      (b, [x]) => b.argMax(x!, 1),
      {
        gradient: false,
      },
    ),
    draft('int32', [int([3, 6])], (b, [x]) => b.argMax(x!, 1), { gradient: false }),
    draft('int32, extremes', [int([4, 2], extremeIntegers)], (b, [x]) => [b.argMax(x!, 0), b.argMax(x!, 1)], {
      gradient: false,
    }),
    argMax([2, 3, 1, 2, 2], 1, 'distinct'),
    argMax([2, 3, 1, 2, 2], 2, 'distinct'),
    argMax([1], 0, 'distinct'),
    argMax([17], 0, 'distinct'),
    argMax([5, 13], 0, 'distinct'),
    argMax([0, 3], 1, 'distinct'),
    argMax([2, 0, 3], 0, 'distinct'),
    argMax([2, 5], 1, 'huge'),
    argMax([2, 5], 1, 'tiny'),
    draft(
      'infinities',
      [
        float(
          [3, 3],
          [
            [1, Infinity, 2],
            [-Infinity, -Infinity, -Infinity],
            [-Infinity, 0, Infinity],
          ].flat(),
        ),
      ],
      (b, [x]) => [b.argMax(x!, 1), b.argMax(x!, 0)],
      { gradient: false },
    ),
  ],
  cumSum: [
    cumSum([5], 0),
    cumSum([5], 0, { exclusive: true }),
    cumSum([5], 0, { reverse: true }),
    cumSum([5], 0, { exclusive: true, reverse: true }),
    cumSum([3, 4], 0),
    cumSum([3, 4], 1, { reverse: true }),
    cumSum([2, 3, 4], 1, { exclusive: true }),
    cumSum([2, 3, 1, 2], 1, { exclusive: true, reverse: true }),
    cumSum([2, 3, 1, 2], 2),
    cumSum([1, 2, 1, 3, 2], 3, { reverse: true }),
    cumSum([1], 0, { exclusive: true }),
    sums('17', float([17]), 0, 'by rule'),
    sums('13×5 along 0', float([13, 5]), 0, 'by rule'),
    sums('5×13 along 1', float([5, 13]), 1, 'by rule'),
    sums('no steps', float([2, 0]), 1, true),
    sums('no lines', float([0, 3]), 1, true),
    sums('huge', float([2, 5], 'huge'), 1, 'by rule'),
    sums('tiny', float([2, 5], 'tiny'), 1, 'by rule'),
    sums('int32', int([3, 4]), 0),
    sums('int32, more than float32 counts', int([4], [16777217, 2, 5, -16777219]), 0),
    sums(
      'what is not finite, from there on',
      float([3, 4], [1, NaN, 2, 3, 4, 5, Infinity, 6, -Infinity, 7, 8, 9]),
      1,
    ),
  ],
  topK: [
    topK([5], 1),
    topK([5], 3),
    topK([5], 5),
    topK([3, 4], 2),
    topK([2, 3, 4], 3),
    topK([2, 1, 3, 4], 3),
    topK([1, 2, 1, 2, 3], 2),
    topK([3, 1], 1),
    topK([5, 17], 4),
    topK([33], 7),
    topK([3, 4], 0),
    topK([0, 4], 2),
    topK([2, 0], 0),
    topK([3, 5], 2, 'negative', ', all negative'),
    topK([3, 9], 5, 'integers', ', the first of equals'),
    topK([2, 5], 3, 'huge', ', huge'),
    topK([2, 5], 3, 'tiny', ', tiny'),
    topK([2, 4], 3, [1, -Infinity, Infinity, 2, -Infinity, 3, -Infinity, -Infinity], ', infinities'),
    draft('the places alone', [float([3, 4], 'distinct')], (b, [x]) => b.topK(x!, 2)[1], { gradient: false }),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
