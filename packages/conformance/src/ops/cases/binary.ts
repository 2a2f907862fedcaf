import { bool, type CaseInput, type Domain, type Draft, draft, float, int, label } from '../op-case.ts'

type Arithmetic = 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min'
type Comparison = 'equal' | 'less' | 'lessEqual'
type Truth = 'and' | 'or'
type Shapes = readonly [readonly number[], readonly number[]]

const broadcasts: readonly Shapes[] = [
  [[], []],
  [[5], [5]],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 1],
    [1, 3],
  ],
  [[], [2, 2]],
  [[4], []],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [
    [2, 3, 1, 2],
    [1, 1, 4, 2],
  ],
  [
    [1, 2, 1, 2, 3],
    [2, 1, 2, 1, 3],
  ],
]

const pairs = (
  op: Arithmetic | Comparison | Truth,
  input: (shape: readonly number[], side: 0 | 1) => CaseInput,
  gradient: boolean,
): readonly [Draft, ...Draft[]] => {
  const on = ([x, y]: Shapes): Draft =>
    draft(label(x, y), [input(x, 0), input(y, 1)], (b, [left, right]) => b[op](left!, right!), { gradient })
  const [first, ...rest] = broadcasts
  return [on(first!), ...rest.map(on)]
}

const arithmetic = (op: Arithmetic, left: Domain, right: Domain) =>
  pairs(op, (shape, side) => float(shape, side === 0 ? left : right), true)

const integers = (
  op: Arithmetic | Comparison,
  right: Domain = 'integers',
  left: Domain = 'integers',
): Draft =>
  draft('int32, 2×6 and 6', [int([2, 6], left), int([6], right)], (b, [x, y]) => b[op](x!, y!), {
    gradient: false,
  })

const ties = (op: Arithmetic | Comparison): Draft =>
  draft('ties', [float([3, 5], 'integers'), float([3, 5], 'integers')], (b, [x, y]) => b[op](x!, y!), {
    gradient: false,
  })

const comparison = (op: Comparison): readonly [Draft, ...Draft[]] => [
  ...pairs(op, (shape) => float(shape, 'distinct'), false),
  ties(op),
  integers(op),
]

const truth = (op: Truth) => pairs(op, (shape) => bool(shape), false)

export const binaryCases = {
  add: [...arithmetic('add', 'any', 'any'), integers('add')],
  sub: [...arithmetic('sub', 'any', 'any'), integers('sub')],
  mul: [
    ...arithmetic('mul', 'any', 'any'),
    integers('mul'),
    draft('x by itself', [float([2, 3])], (b, [x]) => b.mul(x!, x!)),
  ],
  div: [
    ...arithmetic('div', 'any', 'nonzero'),
    integers('div', 'nonzeroIntegers'),
    draft(
      'int32 goes toward zero',
      [int([4], [7, -7, 7, -7]), int([4], [2, 2, -2, -2])],
      (b, [x, y]) => b.div(x!, y!),
      { gradient: false },
    ),
    draft('a number by x', [float([2, 3], 'nonzero')], (b, [x]) => b.div(1, x!)),
  ],
  pow: [
    ...arithmetic('pow', 'positive', 'any'),
    integers('pow', 'counts'),
    draft('negative bases, squared', [float([2, 3], 'nonzero')], (b, [x]) => b.pow(x!, 2)),
    draft('negative bases, cubed', [float([2, 3], 'nonzero')], (b, [x]) => b.pow(x!, 3)),
    draft('square root', [float([2, 3], 'positive')], (b, [x]) => b.pow(x!, 0.5)),
  ],
  max: [...arithmetic('max', 'distinct', 'distinct'), integers('max'), ties('max')],
  min: [...arithmetic('min', 'distinct', 'distinct'), integers('min'), ties('min')],
  equal: [
    ...comparison('equal'),
    draft('bool', [bool([2, 4]), bool([4])], (b, [x, y]) => b.equal(x!, y!), { gradient: false }),
  ],
  less: comparison('less'),
  lessEqual: comparison('lessEqual'),
  and: truth('and'),
  or: truth('or'),
} satisfies Record<Arithmetic | Comparison | Truth, readonly [Draft, ...Draft[]]>
