import { type Builder, type ConvAttributes, type DotAttributes, type Value, windowCount } from '@fn/core'
import { type Draft, draft, float, label } from '../op-case.ts'

const dot = (
  what: string,
  x: readonly number[],
  y: readonly number[],
  contract: DotAttributes['contract'],
  batch: DotAttributes['batch'] = [[], []],
): Draft =>
  draft(`${what}, ${label(x, y)}`, [float(x), float(y)], (b, [left, right]) =>
    b.dot(left!, right!, { contract, batch }),
  )

interface Geometry extends ConvAttributes {
  readonly what: string
  readonly batch: number
  readonly size: readonly number[]
  readonly channels: number
  readonly kernel: readonly number[]
  readonly filters: number
}

const geometry = (
  what: string,
  size: readonly number[],
  kernel: readonly number[],
  more: Partial<Geometry> = {},
): Geometry => ({
  what: `${size.length}-D ${what}`,
  batch: 2,
  size,
  channels: 2,
  kernel,
  filters: 3,
  strides: size.map(() => 1),
  dilations: size.map(() => 1),
  padding: size.map(() => [0, 0]),
  groups: 1,
  ...more,
})

const geometries: readonly [Geometry, ...Geometry[]] = [
  geometry('valid', [5, 4], [3, 3]),
  geometry('batch 1, one channel', [4, 4], [2, 2], { batch: 1, channels: 1, filters: 1 }),
  geometry('batch 3, one channel', [4, 4], [2, 2], { batch: 3, channels: 1, filters: 1 }),
  geometry('same', [5, 4], [3, 3], {
    padding: [
      [1, 1],
      [1, 1],
    ],
  }),
  geometry('same, even kernel', [5, 4], [2, 4], {
    padding: [
      [0, 1],
      [1, 2],
    ],
  }),
  geometry(
    'same, stride 2, which pads one side more, as auto_pad of ONNX Runtime on WebGPU does not',
    [6, 5],
    [3, 3],
    {
      strides: [2, 2],
      padding: [
        [0, 1],
        [1, 1],
      ],
    },
  ),
  geometry('stride 2, leftover input', [6, 8], [3, 3], { strides: [2, 2] }),
  geometry('stride 3, leftover input', [8, 7], [2, 3], { strides: [3, 3] }),
  geometry('stride 3, asymmetric padding', [8, 7], [3, 2], {
    strides: [3, 3],
    padding: [
      [1, 0],
      [0, 2],
    ],
  }),
  geometry('dilation 2, whose slopes stock tfjs refuses', [7, 6], [3, 2], { dilations: [2, 2] }),
  geometry('dilation 2, same', [5, 6], [3, 3], {
    dilations: [2, 2],
    padding: [
      [2, 2],
      [2, 2],
    ],
  }),
  geometry('stride 2, dilation 2', [8, 9], [2, 3], { strides: [2, 2], dilations: [2, 2] }),
  geometry('strides (2, 1), dilations (1, 2)', [6, 7], [3, 2], {
    strides: [2, 1],
    dilations: [1, 2],
    padding: [
      [1, 0],
      [0, 1],
    ],
  }),
  geometry('kernel 1×1', [3, 4], [1, 1]),
  geometry('kernel 1×1, stride 2', [5, 4], [1, 1], { strides: [2, 2] }),
  geometry('kernel 3×2', [5, 5], [3, 2]),
  geometry('kernel as large as the input', [3, 4], [3, 4]),
  geometry('padding wider than the kernel', [4, 3], [2, 2], {
    padding: [
      [3, 0],
      [2, 3],
    ],
  }),
  geometry('groups 2', [4, 5], [3, 3], { channels: 4, filters: 6, groups: 2 }),
  geometry('groups 2, stride 2, asymmetric padding', [6, 5], [3, 2], {
    channels: 4,
    filters: 2,
    groups: 2,
    strides: [2, 2],
    padding: [
      [0, 1],
      [1, 0],
    ],
  }),
  geometry('groups 2, dilation 2', [6, 5], [2, 2], { channels: 2, filters: 4, groups: 2, dilations: [2, 2] }),
  geometry('depthwise', [4, 5], [3, 3], { channels: 3, filters: 6, groups: 3 }),
  geometry('valid', [7], [3]),
  geometry('same, stride 2', [8], [3], { strides: [2], padding: [[0, 1]] }),
  geometry('stride 3, leftover input', [9], [2], { strides: [3] }),
  geometry('dilation 2, causal padding', [6], [3], { dilations: [2], padding: [[4, 0]] }),
  geometry('groups 2', [6], [3], { channels: 4, filters: 4, groups: 2 }),
  geometry('valid, of which tfjs wasm gives a wrong slope of the input', [3, 4, 3], [2, 3, 2]),
  geometry('same, stride 2, of which tfjs wasm gives a wrong slope of the kernel', [4, 3, 5], [3, 2, 1], {
    strides: [2, 2, 2],
    padding: [
      [0, 1],
      [0, 1],
      [0, 0],
    ],
  }),
  geometry('dilation 2', [4, 5, 3], [2, 2, 2], { dilations: [2, 2, 1] }),
  geometry('groups 2', [3, 2, 3], [2, 2, 2], { channels: 2, filters: 2, groups: 2 }),
  geometry('stride 3, leftover input', [5, 4, 5], [2, 3, 1], { strides: [3, 2, 3] }),
  geometry('stride 2, dilation 2, asymmetric padding', [5, 4, 5], [2, 2, 2], {
    strides: [2, 1, 2],
    dilations: [2, 2, 1],
    padding: [
      [2, 1],
      [0, 1],
      [1, 0],
    ],
  }),
  geometry('kernel 1×1×1, stride 2', [5, 3, 4], [1, 1, 1], { strides: [2, 2, 2] }),
  geometry('groups 2, stride 2', [4, 3, 4], [3, 2, 2], {
    channels: 4,
    filters: 2,
    groups: 2,
    strides: [2, 1, 2],
    padding: [
      [1, 1],
      [0, 0],
      [0, 1],
    ],
  }),
  geometry('windows in the padding alone', [1], [1], { strides: [3], padding: [[2, 0]] }),
  geometry('windows in the padding alone, after and before', [2, 1], [1, 2], {
    strides: [2, 3],
    padding: [
      [0, 3],
      [3, 2],
    ],
  }),
  geometry('axes of 1', [1, 1], [1, 1]),
  geometry('an axis of 1, same', [1, 5], [3, 3], {
    padding: [
      [1, 1],
      [1, 1],
    ],
  }),
  geometry('kernel of one row', [4, 5], [1, 3]),
  geometry('one place, larger stride', [2, 3], [2, 3], { strides: [5, 4] }),
  geometry('one element', [1], [1], { batch: 1, channels: 1, filters: 1 }),
  geometry('odd sizes', [13], [5], { batch: 3, channels: 3, filters: 5 }),
  geometry('axes of 1', [1, 1, 1], [1, 1, 1]),
  geometry('an axis of 1, same', [1, 3, 2], [3, 2, 1], {
    padding: [
      [1, 1],
      [0, 1],
      [0, 0],
    ],
  }),
  geometry('no examples', [5, 4], [3, 3], { batch: 0, strides: [2, 1] }),
  geometry('no examples', [4], [2], { batch: 0 }),
  geometry('no examples', [3, 2, 3], [2, 2, 1], { batch: 0, dilations: [2, 1, 1] }),
  geometry('no channels, which gives zeros', [3, 4], [2, 2], { channels: 0 }),
  geometry('no filters', [3, 4], [2, 2], { filters: 0 }),
  // Engines may compute gradients of many channels otherwise than those of a few.
  geometry('many channels', [6], [3], { channels: 9, filters: 8 }),
  geometry('many channels, stride 2, leftover input', [7, 4], [2, 3], {
    channels: 8,
    filters: 9,
    strides: [2, 1],
    padding: [
      [0, 0],
      [1, 0],
    ],
  }),
  geometry('many channels, dilation 2', [5, 4, 3], [2, 2, 1], {
    channels: 8,
    filters: 8,
    dilations: [2, 1, 1],
  }),
  // Or those of so many as a vector of the processor holds.
  geometry('16 channels', [5, 4], [3, 2], {
    channels: 16,
    filters: 32,
    padding: [
      [1, 1],
      [0, 1],
    ],
  }),
  geometry('16 channels, padding beyond the kernel', [3, 2], [2, 2], {
    channels: 16,
    filters: 16,
    padding: [
      [2, 1],
      [0, 1],
    ],
  }),
  geometry('16 channels, stride 2', [6, 4], [3, 2], { channels: 16, filters: 16, strides: [2, 1] }),
  geometry('16 channels, dilation 2', [6, 4], [3, 2], {
    channels: 32,
    filters: 16,
    dilations: [2, 1],
    padding: [
      [2, 1],
      [0, 1],
    ],
  }),
  geometry('16 filters of a few channels', [5, 4], [3, 2], { channels: 3, filters: 16 }),
  geometry('17 channels', [4, 4], [2, 2], { channels: 17, filters: 16 }),
]

const attributes = ({ strides, dilations, padding, groups }: Geometry): ConvAttributes => ({
  strides,
  dilations,
  padding,
  groups,
})

const shapes = (of: Geometry) => ({
  x: [of.batch, ...of.size, of.channels],
  kernel: [...of.kernel, of.channels / of.groups, of.filters],
  y: [
    of.batch,
    ...of.size.map((dim, axis) => windowCount(dim, axis, { ...of, window: of.kernel }) as number),
    of.filters,
  ],
})

/** Differences would take long for many channels, and the rule is that of a few. */
const extras = (of: Geometry) => ({
  spatialRank: of.size.length,
  gradient: Math.min(of.channels, of.filters) < 8 || ('by rule' as const),
})

const each = (make: (of: Geometry) => Draft): readonly [Draft, ...Draft[]] => {
  const [first, ...rest] = geometries
  return [make(first), ...rest.map(make)]
}

/** Products that float32 holds, of factors that are far from 1. */
const hugeByTiny = (op: 'conv' | 'convTranspose' | 'convFilterGrad'): Draft => {
  const of = geometry('huge by tiny', [5, 4], [3, 2], { strides: [2, 1] })
  const { x, kernel, y } = shapes(of)
  const [left, right] = { conv: [x, kernel], convTranspose: [y, kernel], convFilterGrad: [x, y] }[op]
  return draft(
    of.what,
    [float(left!, 'huge'), float(right!, 'tiny')],
    (b, [p, q]) => {
      if (op === 'conv') return b.conv(p!, q!, attributes(of))
      return op === 'convTranspose'
        ? b.convTranspose(p!, q!, { ...attributes(of), inputSize: of.size })
        : b.convFilterGrad(p!, q!, { ...attributes(of), kernelSize: of.kernel })
    },
    { spatialRank: 2, gradient: 'by rule' },
  )
}

/** What is beside a pixel that is not finite must not know of it: a window that is multiplied by 0 does. */
const poisoned = (shape: readonly number[], kernel: readonly number[]): Draft => {
  const size = shape.reduce((product, dim) => product * dim, 1)
  const elements = Array.from({ length: size }, (_, at) => (at === Math.floor(size / 2) ? NaN : at % 5))
  const ones = kernel.slice(0, -2).map(() => 1)
  return draft(
    `${kernel.length - 2}-D NaN where a window lies on it`,
    [float(shape, elements), float(kernel)],
    (b, [x, w]) =>
      b.conv(x!, w!, { strides: ones, dilations: ones, padding: ones.map(() => [1, 1]), groups: 1 }),
    { gradient: false, spatialRank: kernel.length - 2 },
  )
}

/** f of x + 1, which tfjs webgl leaves a 1 behind where the terms of a product are odd in number, and then sums it. */
const ofSums = (
  what: string,
  shapes: readonly (readonly number[])[],
  f: (b: Builder, ...inputs: Value[]) => readonly Value[],
  extras: Parameters<typeof draft>[3] = {},
): Draft =>
  draft(
    `${what} of sums, an odd number of terms`,
    shapes.map((shape) => float(shape)),
    (b, inputs) => f(b, ...inputs.map((x) => b.add(x, 1))),
    { gradient: 'by rule', ...extras },
  )

export const contractCases = {
  dot: [
    dot('matrices', [2, 3], [3, 4], [[1], [0]]),
    ofSums(
      'products',
      [
        [3, 5],
        [5, 2],
        [4, 1],
        [1, 4],
      ],
      (b, x, y, column, row) => [
        b.dot(x!, y!, { contract: [[1], [0]], batch: [[], []] }),
        b.dot(y!, x!, { contract: [[0], [1]], batch: [[], []] }),
        b.dot(column!, row!, { contract: [[1], [0]], batch: [[], []] }),
      ],
    ),
    dot('xᵀ·d', [5, 3], [5, 4], [[0], [0]]),
    dot('d·wᵀ', [5, 4], [3, 4], [[1], [1]]),
    dot('xᵀ·dᵀ', [3, 2], [4, 3], [[0], [1]]),
    dot('matrix · vector', [3, 4], [4], [[1], [0]]),
    dot('vector · matrix', [3], [3, 2], [[0], [0]]),
    dot('vector · vector', [5], [5], [[0], [0]]),
    dot('rank 3 · rank 2', [2, 3, 4], [4, 5], [[2], [0]]),
    dot('rank 2 · rank 3', [3, 4], [2, 4, 3], [[1], [1]]),
    dot('batched', [2, 3, 4], [2, 4, 5], [[2], [1]], [[0], [0]]),
    dot('batched, x·yᵀ', [2, 3, 4], [2, 5, 4], [[2], [2]], [[0], [0]]),
    dot(
      'two batch axes, as attention',
      [2, 3, 2, 4],
      [2, 3, 5, 4],
      [[3], [3]],
      [
        [0, 1],
        [0, 1],
      ],
    ),
    dot('batch axis in the middle', [3, 2, 4], [4, 5, 2], [[2], [0]], [[1], [2]]),
    dot(
      'two contracted axes',
      [2, 3, 4],
      [3, 4, 5],
      [
        [1, 2],
        [0, 1],
      ],
    ),
    dot(
      'two contracted axes, crossed',
      [2, 3, 4],
      [4, 5, 3],
      [
        [1, 2],
        [2, 0],
      ],
    ),
    dot(
      'every axis contracted',
      [2, 3],
      [3, 2],
      [
        [0, 1],
        [1, 0],
      ],
    ),
    dot('no contracted axes', [2, 3], [4], [[], []]),
    dot(
      'only batch axes',
      [3, 2],
      [3, 2],
      [[], []],
      [
        [0, 1],
        [0, 1],
      ],
    ),
    dot('batch and no contracted axes', [3, 2], [3, 4], [[], []], [[0], [0]]),
    dot('scalars', [], [], [[], []]),
    dot('one axis of four · vector', [2, 1, 2, 3], [2], [[2], [0]]),
    dot('rows and columns of 1', [1, 4], [4, 1], [[1], [0]]),
    dot('a contracted axis of 1', [3, 1], [1, 4], [[1], [0]]),
    dot('odd sizes', [5, 17], [17, 7], [[1], [0]]),
    dot('odd sizes, both swapped', [17, 5], [7, 17], [[0], [1]]),
    dot('nothing contracted, which gives zeros', [2, 0], [0, 3], [[1], [0]]),
    dot('no rows', [0, 3], [3, 2], [[1], [0]]),
    dot('no columns', [2, 3], [3, 0], [[1], [0]]),
    dot('no batches', [0, 2, 3], [0, 3, 4], [[2], [1]], [[0], [0]]),
    dot('batches of nothing', [2, 3, 0], [2, 0, 4], [[2], [1]], [[0], [0]]),
    dot(
      'rank 5',
      [2, 1, 3, 2, 2],
      [2, 2, 3, 1, 3],
      [
        [3, 4],
        [1, 0],
      ],
      [[2], [2]],
    ),
    draft(
      'batches that broadcast, of which stock tfjs once gave slopes in wrong shapes',
      [float([2, 1, 3, 4]), float([5, 4, 2])],
      (b, [x, y]) =>
        b.dot(b.broadcast(x!, [2, 5, 3, 4]), b.broadcast(y!, [2, 5, 4, 2]), {
          contract: [[3], [2]],
          batch: [
            [0, 1],
            [0, 1],
          ],
        }),
    ),
    draft(
      'one matrix in two shapes, which tfjs wasm took for one',
      [float([2, 6]), float([6, 2]), float([2, 3])],
      (b, [x, y, z]) => {
        const product = { contract: [[1], [0]], batch: [[], []] } as const
        return [b.dot(x!, y!, product), b.dot(z!, b.reshape(y!, [3, 4]), product)]
      },
    ),
    draft(
      'what is not finite stays in its row and its column',
      [float([3, 2], [1, 2, NaN, 1, 3, Infinity]), float([2, 3])],
      (b, [x, y]) => b.dot(x!, y!, { contract: [[1], [0]], batch: [[], []] }),
      { gradient: false },
    ),
    draft(
      'huge by tiny',
      [float([3, 5], 'huge'), float([5, 2], 'tiny')],
      (b, [x, y]) => b.dot(x!, y!, { contract: [[1], [0]], batch: [[], []] }),
      { gradient: 'by rule' },
    ),
  ],
  conv: [
    ofSums(
      '2-D kernel 1×1',
      [
        [2, 4, 3, 3],
        [1, 1, 3, 2],
      ],
      (b, x, kernel) => [b.conv(x!, kernel!, attributes(geometry('kernel 1×1', [4, 3], [1, 1])))],
      { spatialRank: 2 },
    ),
    ...each((of) =>
      draft(
        of.what,
        [float(shapes(of).x), float(shapes(of).kernel)],
        (b, [x, kernel]) => b.conv(x!, kernel!, attributes(of)),
        extras(of),
      ),
    ),
    hugeByTiny('conv'),
    poisoned([2, 9, 2], [3, 2, 3]),
    poisoned([1, 7, 6, 2], [3, 2, 2, 3]),
    poisoned([1, 5, 4, 5, 2], [2, 1, 3, 2, 3]),
  ],
  convTranspose: [
    ...each((of) =>
      draft(
        of.what,
        [float(shapes(of).y), float(shapes(of).kernel)],
        (b, [y, kernel]) => b.convTranspose(y!, kernel!, { ...attributes(of), inputSize: of.size }),
        extras(of),
      ),
    ),
    hugeByTiny('convTranspose'),
  ],
  convFilterGrad: [
    ...each((of) =>
      draft(
        of.what,
        [float(shapes(of).x), float(shapes(of).y)],
        (b, [x, g]) => b.convFilterGrad(x!, g!, { ...attributes(of), kernelSize: of.kernel }),
        extras(of),
      ),
    ),
    hugeByTiny('convFilterGrad'),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
