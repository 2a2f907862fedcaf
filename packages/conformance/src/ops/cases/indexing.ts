import { type Draft, draft, float, int, label } from '../op-case.ts'

const gather = (rows: readonly number[], shape: readonly number[], indices: readonly number[]): Draft =>
  draft(`${label(rows, shape)} of row numbers`, [float(rows), int(shape, indices)], (b, [x, at]) =>
    b.gather(x!, at!),
  )

const scatterAdd = (
  size: number,
  shape: readonly number[],
  indices: readonly number[],
  rest: readonly number[],
): Draft =>
  draft(
    `${label(shape, [...shape, ...rest])} into ${size}`,
    [int(shape, indices), float([...shape, ...rest])],
    (b, [at, updates]) => b.scatterAdd(at!, updates!, size),
  )

export const indexingCases = {
  gather: [
    gather([5, 3], [4], [0, 4, 4, 2]),
    gather([5, 3], [2, 3], [1, 0, 4, 3, 1, 1]),
    gather([4], [2, 2], [3, 0, 0, 1]),
    gather([3, 2, 2], [], [1]),
    gather([3, 2, 2], [2], [2, 0]),
    gather([1, 1], [3], [0, 0, 0]),
    draft('int32 rows', [int([4, 2]), int([3], [3, 0, 3])], (b, [x, at]) => b.gather(x!, at!), {
      gradient: false,
    }),
    draft('no row numbers', [float([4, 2]), int([0], [])], (b, [x, at]) => b.gather(x!, at!)),
  ],
  scatterAdd: [
    scatterAdd(5, [4], [0, 4, 4, 2], [3]),
    scatterAdd(3, [2, 3], [1, 0, 2, 1, 1, 1], [2]),
    scatterAdd(4, [6], [3, 0, 0, 1, 3, 3], []),
    scatterAdd(6, [2, 2], [0, 1, 1, 0], [2, 2]),
    scatterAdd(3, [], [2], [4]),
    scatterAdd(2, [0], [], [3]),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
