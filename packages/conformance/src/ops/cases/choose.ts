import type { DType } from '@fn/core'
import { bool, type CaseInput, type Draft, draft, float, int, label } from '../op-case.ts'

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
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
