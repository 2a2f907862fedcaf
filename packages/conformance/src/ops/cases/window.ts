import { type PoolAttributes, windowCount } from '@fn/core'
import { type Domain, type Draft, draft, float } from '../op-case.ts'

interface Geometry extends PoolAttributes {
  readonly what: string
  readonly shape: readonly number[]
}

const geometry = (
  what: string,
  shape: readonly number[],
  window: readonly number[],
  strides: readonly number[],
  padding: PoolAttributes['padding'] = window.map(() => [0, 0]),
): Geometry => ({ what: `${window.length}-D ${what}`, shape, window, strides, padding })

const geometries: readonly [Geometry, ...Geometry[]] = [
  geometry('window 2, stride 2', [2, 4, 6, 2], [2, 2], [2, 2]),
  geometry('odd sizes leave input over', [2, 5, 7, 3], [2, 2], [2, 2]),
  geometry(
    'overlapping, same',
    [2, 5, 4, 2],
    [3, 3],
    [1, 1],
    [
      [1, 1],
      [1, 1],
    ],
  ),
  geometry(
    'overlapping, stride 2, asymmetric padding',
    [2, 6, 5, 2],
    [3, 3],
    [2, 2],
    [
      [0, 1],
      [1, 1],
    ],
  ),
  geometry(
    'not overlapping, padded',
    [2, 5, 3, 1],
    [2, 2],
    [2, 2],
    [
      [0, 1],
      [1, 0],
    ],
  ),
  geometry('gaps between windows', [1, 8, 7, 2], [2, 2], [3, 3]),
  geometry('window 3×2, strides (2, 1)', [2, 7, 4, 2], [3, 2], [2, 1]),
  geometry('window 1, stride 2', [2, 3, 4, 2], [1, 1], [2, 2]),
  geometry('window as large as the input', [2, 3, 4, 3], [3, 4], [1, 1]),
  geometry('window 2, stride 2', [2, 7, 3], [2], [2]),
  geometry('overlapping, padded', [2, 6, 2], [3], [2], [[0, 1]]),
  geometry('window 2, stride 2', [2, 4, 5, 2, 2], [2, 2, 2], [2, 2, 2]),
  geometry(
    'overlapping, padded',
    [1, 3, 4, 3, 2],
    [3, 2, 2],
    [1, 2, 1],
    [
      [1, 1],
      [0, 0],
      [0, 1],
    ],
  ),
  geometry(
    'not overlapping, padded',
    [2, 3, 5, 3, 2],
    [2, 2, 2],
    [2, 2, 2],
    [
      [0, 1],
      [1, 0],
      [1, 0],
    ],
  ),
  geometry('gaps between windows', [1, 5, 6, 5, 2], [2, 2, 1], [3, 3, 2]),
  geometry('slices alone, odd sizes leave input over', [2, 3, 5, 3, 2], [1, 2, 2], [1, 2, 2]),
  geometry(
    'depth alone',
    [2, 5, 2, 3, 2],
    [3, 1, 1],
    [2, 1, 1],
    [
      [1, 1],
      [0, 0],
      [0, 0],
    ],
  ),
]

const attributes = ({ window, strides, padding }: Geometry): PoolAttributes => ({ window, strides, padding })

const size = (of: Geometry): readonly number[] => of.shape.slice(1, -1)

const pooledShape = (of: Geometry): readonly number[] => [
  of.shape[0]!,
  ...size(of).map(
    (dim, axis) => windowCount(dim, axis, { ...of, dilations: of.window.map(() => 1) }) as number,
  ),
  of.shape.at(-1)!,
]

const each = (make: (of: Geometry) => Draft): readonly [Draft, ...Draft[]] => {
  const [first, ...rest] = geometries
  return [make(first), ...rest.map(make)]
}

const maxPool = (of: Geometry, domain: Domain, suffix = ''): Draft =>
  draft(of.what + suffix, [float(of.shape, domain)], (b, [x]) => b.maxPool(x!, attributes(of)), {
    spatialRank: of.window.length,
    gradient: domain !== 'integers',
  })

const maxPoolGrad = (of: Geometry, domain: Domain, suffix = ''): Draft =>
  draft(
    of.what + suffix,
    [float(of.shape, domain), float(pooledShape(of))],
    (b, [x, g]) => b.maxPoolGrad(x!, b.maxPool(x!, attributes(of)), g!, attributes(of)),
    { spatialRank: of.window.length, gradient: false },
  )

export const windowCases = {
  maxPool: [
    ...each((of) => maxPool(of, 'distinct')),
    ...geometries.map((of) => maxPool(of, 'negative', ', all negative')),
    ...geometries.map((of) => maxPool(of, 'integers', ', ties')),
  ],
  maxPoolGrad: [
    ...each((of) => maxPoolGrad(of, 'distinct')),
    ...geometries.map((of) => maxPoolGrad(of, 'negative', ', all negative')),
    ...geometries.map((of) => maxPoolGrad(of, 'integers', ', ties')),
  ],
  avgPool: each((of) =>
    draft(of.what, [float(of.shape)], (b, [x]) => b.avgPool(x!, attributes(of)), {
      spatialRank: of.window.length,
    }),
  ),
  avgPoolGrad: each((of) =>
    draft(
      of.what,
      [float(pooledShape(of))],
      (b, [g]) => b.avgPoolGrad(g!, { ...attributes(of), inputSize: size(of) }),
      { spatialRank: of.window.length },
    ),
  ),
} satisfies Record<string, readonly [Draft, ...Draft[]]>
