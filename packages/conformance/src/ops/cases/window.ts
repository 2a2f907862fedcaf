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
  geometry('axes of 1', [2, 1, 1, 3], [1, 1], [1, 1]),
  geometry(
    'an axis of 1, padded',
    [2, 1, 5, 2],
    [2, 2],
    [1, 2],
    [
      [1, 0],
      [0, 1],
    ],
  ),
  geometry('stride beyond the window and the input', [2, 3, 3, 1], [3, 2], [5, 7]),
  geometry('one element', [1, 1, 1], [1], [1]),
  geometry('odd sizes', [3, 13, 5], [3], [3]),
  geometry('no examples', [0, 4, 4, 2], [2, 2], [2, 2]),
  geometry('no channels', [2, 4, 0], [2], [2]),
  geometry('no examples', [0, 2, 4, 3, 2], [2, 2, 1], [1, 2, 1]),
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

/** What tfjs wasm does with maxima ≤ 0. */
const negative = (of: Geometry, slices: string, volumes: string): string => {
  const fault = of === geometries[0] ? slices : of.what === '3-D window 2, stride 2' ? volumes : undefined
  return fault === undefined ? ', all negative' : `, all negative, ${fault}`
}

const maxPool = (of: Geometry, domain: Domain, suffix = ''): Draft =>
  draft(of.what + suffix, [float(of.shape, domain)], (b, [x]) => b.maxPool(x!, attributes(of)), {
    spatialRank: of.window.length,
    gradient: domain === 'integers' ? 'by rule' : true,
  })

const oneOf = (shape: readonly number[], element: number, rest: readonly number[]): readonly number[] =>
  Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, (_, at) =>
    at % 7 === 3 ? element : rest[at % rest.length]!,
  )

/** Of numbers between others, in windows that overlap. */
const among = (
  op: 'maxPool' | 'avgPool',
  what: string,
  element: number,
  rest: readonly number[] = [-1, 2, -3, 0.5],
): Draft => {
  const shape = [2, 5, 6, 2]
  const pool: PoolAttributes = {
    window: [2, 3],
    strides: [1, 2],
    padding: [
      [0, 1],
      [1, 1],
    ],
  }
  return draft(what, [float(shape, oneOf(shape, element, rest))], (b, [x]) => b[op](x!, pool), {
    spatialRank: 2,
    gradient: false,
  })
}

const far = (op: 'maxPool' | 'avgPool', domain: 'huge' | 'tiny'): Draft => {
  const pool: PoolAttributes = {
    window: [2, 2],
    strides: [2, 2],
    padding: [
      [0, 0],
      [0, 1],
    ],
  }
  return draft(domain, [float([2, 4, 5, 2], domain)], (b, [x]) => b[op](x!, pool), {
    spatialRank: 2,
    gradient: 'by rule',
  })
}

const farBack = (domain: 'huge' | 'tiny'): Draft => {
  const padding: PoolAttributes['padding'] = [
    [0, 0],
    [0, 1],
  ]
  const pool = { window: [2, 2], strides: [2, 1], padding, inputSize: [4, 3] }
  return draft(domain, [float([2, 2, 3, 2], domain)], (b, [g]) => b.avgPoolGrad(g!, pool), {
    spatialRank: 2,
    gradient: 'by rule',
  })
}

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
    ...geometries.map((of) =>
      maxPool(of, 'negative', negative(of, 'whose slope tfjs wasm drops', 'of which tfjs wasm makes 0')),
    ),
    ...geometries.map((of) => maxPool(of, 'integers', ', ties')),
    among('maxPool', '2-D infinity', Infinity),
    among('maxPool', '2-D −infinity beside others', -Infinity),
    far('maxPool', 'huge'),
    far('maxPool', 'tiny'),
    // The zeros are elements, that ONNX Runtime takes for padding.
    ...([1, 2] as const).map((stride) =>
      draft(
        `2-D of negative elements among zeros, stride ${stride}`,
        [float([2, 4, 3, 2], 'negative')],
        (b, [x]) =>
          b.maxPool(b.pad(x!, [0, 1, 1, 0], [0, 1, 1, 0]), {
            window: [2, 2],
            strides: [stride, stride],
            padding: [
              [0, 0],
              [0, 1],
            ],
          }),
      ),
    ),
  ],
  maxPoolGrad: [
    ...each((of) => maxPoolGrad(of, 'distinct')),
    ...geometries.map((of) =>
      maxPoolGrad(of, 'negative', negative(of, 'which tfjs wasm drops', 'which tfjs wasm drops')),
    ),
    ...geometries.map((of) => maxPoolGrad(of, 'integers', ', ties')),
    maxPoolGrad(geometries[0], 'huge', ', huge'),
    maxPoolGrad(geometries[3]!, 'tiny', ', tiny'),
  ],
  avgPool: [
    ...each((of) =>
      draft(of.what, [float(of.shape)], (b, [x]) => b.avgPool(x!, attributes(of)), {
        spatialRank: of.window.length,
      }),
    ),
    among('avgPool', '2-D infinity', Infinity),
    far('avgPool', 'huge'),
    far('avgPool', 'tiny'),
  ],
  avgPoolGrad: [
    ...each((of) =>
      draft(
        of.what,
        [float(pooledShape(of))],
        (b, [g]) => b.avgPoolGrad(g!, { ...attributes(of), inputSize: size(of) }),
        { spatialRank: of.window.length },
      ),
    ),
    farBack('huge'),
    farBack('tiny'),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
