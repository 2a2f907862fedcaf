import { type Domain, type Draft, draft, float, int, label } from '../op-case.ts'

type Reduction = 'reduceSum' | 'reduceMax' | 'reduceMin'

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

function reductions(op: Reduction, domain: Domain, ...more: readonly Draft[]): readonly [Draft, ...Draft[]] {
  const cases = requests.flatMap(([shape, axes]) =>
    [false, true].map((keepDims) =>
      draft(`${label(shape)} over ${axes}${keepDims ? ', kept' : ''}`, [float(shape, domain)], (b, [x]) =>
        b[op](x!, axes, keepDims),
      ),
    ),
  )
  const integers = draft('int32', [int([3, 4])], (b, [x]) => b[op](x!, [1]), { gradient: false })
  return [...(cases as [Draft, ...Draft[]]), integers, ...more]
}

const negative = (op: 'reduceMax' | 'reduceMin'): Draft =>
  draft('all negative', [float([3, 5], 'negative')], (b, [x]) => b[op](x!, [1]))

const ties = (op: 'reduceMax' | 'reduceMin'): Draft =>
  draft('ties', [float([3, 9], 'integers')], (b, [x]) => b[op](x!, [1]), { gradient: false })

const argMax = (shape: readonly number[], axis: number, domain: Domain): Draft =>
  draft(
    `${label(shape)} along ${axis}${domain === 'distinct' ? '' : `, ${domain}`}`,
    [float(shape, domain)],
    (b, [x]) => b.argMax(x!, axis),
    { gradient: false },
  )

export const reduceCases = {
  reduceSum: reductions('reduceSum', 'any'),
  reduceMax: reductions('reduceMax', 'distinct', negative('reduceMax'), ties('reduceMax')),
  reduceMin: reductions('reduceMin', 'distinct', negative('reduceMin'), ties('reduceMin')),
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
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
