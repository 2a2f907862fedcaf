import type { DType } from '@fn/core'
import {
  apart,
  bool,
  type CaseInput,
  type Draft,
  draft,
  extremeIntegers,
  float,
  int,
  label,
  notFinite,
} from '../op-case.ts'

type Shapes = readonly [readonly number[], readonly number[], readonly number[]]

const select = ([condition, x, y]: Shapes): Draft =>
  draft(label(condition, x, y), [bool(condition), float(x), float(y)], (b, [c, left, right]) =>
    b.select(c!, left!, right!),
  )

/** An input of each dtype whose elements are telling when cast: zeros, fractions of both signs. */
const inputs: Readonly<Record<DType, CaseInput>> = {
  float32: float([2, 4], [-2.75, -1, -0.5, 0, 0.5, 1, 2.25, 3]),
  int32: int([2, 4], [-3, -2, -1, 0, 1, 2, 3, 100]),
  bool: bool([2, 4]),
}

const dtypes: readonly DType[] = ['float32', 'int32', 'bool']

const shapes = {
  'no elements': [[0], [2, 0, 3]],
  'ranks 1 to 5, odd sizes': [[1], [17], [5, 13], [2, 1, 3, 1], [1, 2, 1, 2, 3]],
}

const casts = dtypes.flatMap((from) =>
  dtypes.map((to) =>
    // Not through b.cast, which writes nothing where the dtype stays.
    draft(`${from} to ${to}`, [inputs[from]], (b, [x]) => b.emit('cast', [x!], { dtype: to }), {
      gradient: from === 'float32' && to === 'float32',
    }),
  ),
)

export const chooseCases = {
  select: [
    select([
      [2, 3],
      [2, 3],
      [2, 3],
    ]),
    select([[], [], []]),
    select([[3, 1], [4], []]),
    select([[], [2, 2], [2]]),
    select([
      [2, 1, 3],
      [4, 1],
      [1, 4, 3],
    ]),
    select([[2], [3, 1, 2], [2, 1]]),
    select([
      [1, 2, 1, 2, 3],
      [2, 1, 2, 1, 3],
      [2, 2, 2, 2, 1],
    ]),
    select([
      [2, 1, 3, 1],
      [2, 3, 2],
      [1, 2, 3, 2],
    ]),
    select([[17], [17], [17]]),
    select([[5, 13], [13], []]),
    select([[0], [0], [0]]),
    select([[2, 1], [1, 0], [0]]),
    // Where a slope or a value that is not wanted is multiplied by 0 it becomes NaN.
    draft(
      'what is not finite stays where it is',
      [
        bool([2, 3], [1, 0, 1, 0, 0, 1]),
        float([2, 3], [1, NaN, 2, Infinity, 3, -Infinity]),
        float([3], [-1, -2, NaN]),
      ],
      (b, [c, x, y]) => b.select(c!, x!, y!),
      { gradient: 'by rule' },
    ),
    draft(
      'huge and tiny',
      [bool([2, 5]), float([2, 5], 'huge'), float([2, 5], 'tiny')],
      (b, [c, x, y]) => [b.select(c!, x!, x!), b.select(c!, y!, y!), b.select(c!, x!, y!)],
      { gradient: 'by rule' },
    ),
    draft(
      'int32, extremes',
      [bool([2, 8]), int([8], extremeIntegers), int([8])],
      (b, [c, x, y]) => b.select(c!, x!, y!),
      {
        gradient: false,
      },
    ),
    draft('int32', [bool([2, 3]), int([2, 3]), int([3])], (b, [c, x, y]) => b.select(c!, x!, y!), {
      gradient: false,
    }),
    draft('bool', [bool([2, 3]), bool([2, 3]), bool([3])], (b, [c, x, y]) => b.select(c!, x!, y!), {
      gradient: false,
    }),
    draft('between numbers', [bool([2, 3])], (b, [c]) => b.select(c!, 2, -1), { gradient: false }),
  ],
  cast: [
    ...(casts as [Draft, ...Draft[]]),
    draft('scalar', [float([], [-1.5])], (b, [x]) => b.cast(x!, 'int32'), { gradient: false }),
    ...dtypes.flatMap((to) =>
      Object.entries(shapes).map(([what, list]) =>
        apart(
          `to ${to}, ${what}`,
          list.flatMap((shape) => [float(shape, 'integers'), int(shape), bool(shape)]),
          (b, x) => b.cast(x, to),
          { gradient: false },
        ),
      ),
    ),
    apart(
      'to bool is being other than 0',
      [float([7], [...notFinite, 0, -0, 1e-30, 1e30]), int([8], extremeIntegers)],
      (b, x) => b.cast(x, 'bool'),
      { gradient: false },
    ),
    draft('int32 extremes to float32', [int([8], extremeIntegers)], (b, [x]) => b.cast(x!, 'float32'), {
      gradient: false,
    }),
    draft(
      'float32 to int32 at the ends of int32',
      [float([6], [2147483520, -2147483648, 16777217, 1e-30, -0.999999, 1.9999999])],
      (b, [x]) => b.cast(x!, 'int32'),
      { gradient: false },
    ),
    draft(
      'truth values that were compared, counted',
      [float([3, 7], 'integers')],
      (b, [x]) => [
        b.reduceSum(b.cast(b.less(0, x!), 'int32'), [1]),
        b.reduceSum(b.cast(b.equal(x!, 1), 'float32'), [1]),
      ],
      { gradient: false },
    ),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
