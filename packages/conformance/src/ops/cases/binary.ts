import {
  bool,
  type CaseInput,
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

/** No elements on one side or on both; what is broadcast to nothing has slopes that are sums of nothing. */
const empty: readonly Shapes[] = [
  [[0], [0]],
  [[], [0]],
  [[2, 0], [1]],
  [[3], [0, 3]],
  [
    [1, 2, 1],
    [2, 1, 0],
  ],
]

/** Rests where a kernel takes four or more elements at a time, side by side and in rows. */
const odd: readonly Shapes[] = [
  [[1], [1]],
  [[17], [17]],
  [[33], []],
  [[5, 13], [13]],
  [
    [3, 1],
    [3, 7],
  ],
]

const several =
  (what: string, list: readonly Shapes[]) =>
  (
    op: Arithmetic | Comparison | Truth,
    input: (shape: readonly number[], side: 0 | 1) => CaseInput,
    gradient: boolean,
  ): Draft =>
    draft(
      what,
      list.flatMap(([x, y]) => [input(x, 0), input(y, 1)]),
      (b, xs) => list.map((_, at) => b[op](xs[2 * at]!, xs[2 * at + 1]!)),
      { gradient: gradient && 'by rule' },
    )

const onNothing = several('no elements', empty)
const onOdd = several('odd sizes', odd)

const pairs = (
  op: Arithmetic | Comparison | Truth,
  input: (shape: readonly number[], side: 0 | 1) => CaseInput,
  gradient: boolean,
): readonly [Draft, ...Draft[]] => {
  const on = ([x, y]: Shapes): Draft =>
    draft(label(x, y), [input(x, 0), input(y, 1)], (b, [left, right]) => b[op](left!, right!), { gradient })
  const [first, ...rest] = broadcasts
  return [on(first!), ...rest.map(on), onNothing(op, input, gradient), onOdd(op, input, gradient)]
}

/** Each of these against each. */
const table = (
  op: Arithmetic | Comparison,
  what: string,
  left: readonly number[],
  right: readonly number[] = left,
  gradient: OpCase['gradient'] = false,
): Draft =>
  draft(what, [float([left.length, 1], left), float([right.length], right)], (b, [x, y]) => b[op](x!, y!), {
    gradient,
  })

const unusual = [...notFinite, 0, 1.5, -2]

const beside = (op: Arithmetic | Comparison): Draft => table(op, 'not finite', unusual)

const far = (op: Arithmetic | Comparison, right: readonly ('huge' | 'tiny')[] = ['huge', 'tiny']): Draft[] =>
  right.map((domain) =>
    draft(domain, [float([2, 5], domain), float([2, 5], domain)], (b, [x, y]) => b[op](x!, y!), {
      gradient: false,
    }),
  )

const extremes = (op: Arithmetic | Comparison): Draft =>
  draft(
    'int32, extremes',
    [int([8, 1], extremeIntegers), int([8], extremeIntegers)],
    (b, [x, y]) => b[op](x!, y!),
    {
      gradient: false,
    },
  )

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

const ties = (op: Arithmetic | Comparison, gradient: OpCase['gradient'] = false): Draft =>
  draft('ties', [float([3, 5], 'integers'), float([3, 5], 'integers')], (b, [x, y]) => b[op](x!, y!), {
    gradient,
  })

const comparison = (op: Comparison): readonly [Draft, ...Draft[]] => [
  ...pairs(op, (shape) => float(shape, 'distinct'), false),
  ties(op),
  integers(op),
  extremes(op),
  beside(op),
  ...far(op),
  draft(
    'neighbours',
    [float([4], [1, 1 + 2 ** -23, 1e-30, -1e-30]), float([4], [1 + 2 ** -23, 1, -1e-30, 1e-30])],
    (b, [x, y]) => b[op](x!, y!),
    { gradient: false },
  ),
]

const truth = (op: Truth) => pairs(op, (shape) => bool(shape), false)

export const binaryCases = {
  add: [
    ...arithmetic('add', 'any', 'any'),
    integers('add'),
    extremes('add'),
    beside('add'),
    ...far('add'),
    table('add', 'overflow', [3e38, -3e38, 1]),
  ],
  sub: [
    ...arithmetic('sub', 'any', 'any'),
    integers('sub'),
    extremes('sub'),
    beside('sub'),
    ...far('sub'),
    draft('x from itself', [float([2, 3])], (b, [x]) => b.sub(x!, x!)),
  ],
  mul: [
    ...arithmetic('mul', 'any', 'any'),
    integers('mul'),
    draft(
      'int32, extremes',
      [int([8, 1], extremeIntegers), int([5], [2, -2, 3, 1, 0])],
      (b, [x, y]) => b.mul(x!, y!),
      { gradient: false },
    ),
    beside('mul'),
    table('mul', 'overflow, and what is lost', [1e30, -1e30], [1e30, 1e-30, 1e-10]),
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
    draft(
      'int32, as much as float32 counts',
      [int([4, 1], [16777215, -16777215, 9999999, 0]), int([5], [1, 3, -7, 16777215, -16777214])],
      (b, [x, y]) => b.div(x!, y!),
      { gradient: false },
    ),
    beside('div'),
    table('div', 'overflow, and what is lost', [1e30, -1e-30], [1e30, 1e-30, 1e-10]),
    draft('tiny by tiny', [float([2, 5], 'tiny'), float([2, 5], 'tiny')], (b, [x, y]) => b.div(x!, y!), {
      gradient: false,
    }),
  ],
  pow: [
    ...arithmetic('pow', 'positive', 'any'),
    integers('pow', 'counts'),
    draft('negative bases, squared', [float([2, 3], 'nonzero')], (b, [x]) => b.pow(x!, 2)),
    draft('negative bases, cubed', [float([2, 3], 'nonzero')], (b, [x]) => b.pow(x!, 3)),
    draft('square root', [float([2, 3], 'positive')], (b, [x]) => b.pow(x!, 0.5)),
    draft(
      'of 0, by rule',
      [float([4], [0, 0, 0, 0]), float([4], [1, 2, 3, 2.5])],
      (b, [x, y]) => b.pow(x!, y!),
      {
        gradient: 'by rule',
      },
    ),
    table('pow', 'of 0', [0], [0, 0.5, 1, 2, 3, -1, -2]),
    table('pow', 'of negative numbers', [-1.5, -0.5], [0, 1, 2, 3, -1, -2, 0.5, -1.5]),
    table('pow', 'not finite', [Infinity, -Infinity, 0, 2, 0.5], [Infinity, -Infinity, 0, 2, -1, 3]),
    table('pow', 'NaN', [Number.NaN, 2, 0], [Number.NaN, 3]),
    table('pow', 'overflow, and what is lost', [1e20, 1e-20], [2, -2, 1]),
    draft(
      'int32, as large as they come',
      [int([4], [46340, 1290, -2, 7]), int([4], [2, 3, 31, 11])],
      (b, [x, y]) => b.pow(x!, y!),
      { gradient: false },
    ),
  ],
  max: [
    ...arithmetic('max', 'distinct', 'distinct'),
    integers('max'),
    ties('max', 'by rule'),
    extremes('max'),
    beside('max'),
    ...far('max'),
  ],
  min: [
    ...arithmetic('min', 'distinct', 'distinct'),
    integers('min'),
    ties('min', 'by rule'),
    extremes('min'),
    beside('min'),
    ...far('min'),
  ],
  equal: [
    ...comparison('equal'),
    draft('bool', [bool([2, 4]), bool([4])], (b, [x, y]) => b.equal(x!, y!), { gradient: false }),
    draft(
      'truth values that were compared',
      [float([3, 5], 'integers')],
      (b, [x]) => b.equal(b.less(0, x!), b.less(x!, 2)),
      {
        gradient: false,
      },
    ),
  ],
  less: comparison('less'),
  lessEqual: comparison('lessEqual'),
  and: truth('and'),
  or: truth('or'),
} satisfies Record<Arithmetic | Comparison | Truth, readonly [Draft, ...Draft[]]>
