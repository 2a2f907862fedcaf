import { bool, type Draft, draft, extremeIntegers, float, int, label, notFinite } from '../op-case.ts'

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
    gather([3, 0], [2], [2, 0]),
    gather([0, 2], [0], []),
    gather([2, 3], [2, 0, 3], []),
    gather([1], [], [0]),
    gather([5, 2, 1, 2, 3], [2], [4, 1]),
    gather([3, 2], [2, 1, 2, 1], [2, 0, 0, 1]),
    gather([9, 17], [5], [8, 0, 3, 3, 7]),
    // As a product with ones and zeros it would become NaN.
    draft(
      'what is not finite stays in its row',
      [float([3, 3], [1, 2, 3, ...notFinite, 4, 5, 6]), int([4], [0, 2, 1, 0])],
      (b, [x, at]) => b.gather(x!, at!),
      { gradient: 'by rule' },
    ),
    draft(
      'huge and tiny rows',
      [float([3, 2], 'huge'), float([3, 2], 'tiny'), int([4], [0, 2, 2, 1])],
      (b, [x, y, at]) => [b.gather(x!, at!), b.gather(y!, at!)],
      { gradient: 'by rule' },
    ),
    draft(
      'int32 rows, extremes',
      [int([4, 2], extremeIntegers), int([3], [3, 0, 3])],
      (b, [x, at]) => b.gather(x!, at!),
      {
        gradient: false,
      },
    ),
    draft(
      'rows of bool',
      [bool([4, 3]), bool([5]), int([2, 2], [3, 0, 3, 1])],
      (b, [x, y, at]) => [b.gather(x!, at!), b.gather(y!, at!)],
      {
        gradient: false,
      },
    ),
  ],
  scatterAdd: [
    scatterAdd(5, [4], [0, 4, 4, 2], [3]),
    scatterAdd(3, [2, 3], [1, 0, 2, 1, 1, 1], [2]),
    scatterAdd(4, [6], [3, 0, 0, 1, 3, 3], []),
    scatterAdd(6, [2, 2], [0, 1, 1, 0], [2, 2]),
    scatterAdd(3, [], [2], [4]),
    scatterAdd(2, [0], [], [3]),
    scatterAdd(2, [2], [1, 0], [0]),
    scatterAdd(0, [0], [], [2]),
    scatterAdd(1, [5], [0, 0, 0, 0, 0], [1]),
    scatterAdd(9, [5], [8, 0, 3, 3, 7], [17]),
    scatterAdd(3, [2, 1, 2], [2, 0, 2, 2], [1, 2]),
    draft(
      'rows that come more than once are added up',
      [int([5], [1, 0, 1, 2, 1]), float([5, 2])],
      (b, [at, x]) => b.scatterAdd(at!, x!, 3),
    ),
    draft('rows that come once', [int([3], [2, 0, 1]), float([3, 2])], (b, [at, x]) =>
      b.scatterAdd(at!, x!, 4),
    ),
    draft(
      'what is not finite stays in its row',
      [int([4], [0, 2, 1, 0]), float([4, 2], [1, 2, NaN, Infinity, -Infinity, 3, 4, 5])],
      (b, [at, x]) => b.scatterAdd(at!, x!, 4),
      { gradient: 'by rule' },
    ),
    draft(
      'huge and tiny',
      [int([3], [1, 0, 1]), float([3, 2], 'huge'), float([3, 2], 'tiny')],
      (b, [at, x, y]) => [b.scatterAdd(at!, x!, 2), b.scatterAdd(at!, y!, 2)],
      { gradient: 'by rule' },
    ),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
