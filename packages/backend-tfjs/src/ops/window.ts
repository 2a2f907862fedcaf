import { concrete, type PoolAttributes } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { cast, kernel, mul, reshape, step, sub } from '../kernel.ts'
import type { Context, Lowering, Lowerings } from '../lowering.ts'
import { resize } from '../spatial.ts'
import { type Size, type Window, windows } from '../windows.ts'

/** A pooling of images. */
interface Stage {
  readonly pool: Window
  readonly xShape: Size
  readonly yShape: Size
}

const stage = (
  { window, strides, padding }: PoolAttributes,
  xShape: readonly number[],
  yShape: readonly number[],
): Stage => ({
  pool: { window: [window[0]!, window[1]!], strides: [strides[0]!, strides[1]!], padding },
  xShape: xShape as Size,
  yShape: yShape as Size,
})

/**
 * A pooling as poolings of images, one after the other. One axis is an image of height 1. A volume is pooled slice by
 * slice, and then along its depth, since the kernels of tfjs for three spatial axes are wrong: the maximum of maxima is
 * that of the window, and the first of the first is the first in row-major order; the slices of a window have equally many
 * elements that are no padding, so that the mean of means is its mean.
 */
function stages(x: readonly number[], y: readonly number[], attrs: PoolAttributes): readonly Stage[] {
  const { window, strides, padding } = attrs
  if (window.length === 1) {
    const flat = { window: [1, ...window], strides: [1, ...strides], padding: [[0, 0] as const, ...padding] }
    return [stage(flat, [x[0]!, 1, ...x.slice(1)], [y[0]!, 1, ...y.slice(1)])]
  }
  if (window.length === 2) return [stage(attrs, x, y)]
  const [n, d, h, w, c] = x as [number, number, number, number, number]
  const [, od, oh, ow] = y as [number, number, number, number, number]
  const across = { window: window.slice(1), strides: strides.slice(1), padding: padding.slice(1) }
  const deep = { window: [window[0]!, 1], strides: [strides[0]!, 1], padding: [padding[0]!, [0, 0] as const] }
  return [
    stage(across, [n * d, h, w, c], [n * d, oh, ow, c]),
    stage(deep, [n, d, oh * ow, c], [n, od, oh * ow, c]),
  ]
}

/** x, and what comes out of each stage. */
function through(name: 'MaxPool' | 'AvgPool', all: readonly Stage[], x: Tensor): readonly Tensor[] {
  const values = [x]
  for (const { pool, xShape } of all) {
    const options = {
      filterSize: [...pool.window],
      strides: [...pool.strides],
      pad: [[0, 0], ...pool.padding.map((amounts) => [...amounts]), [0, 0]],
    }
    values.push(kernel(name, { x: reshape(values.at(-1)!, xShape) }, options))
  }
  return values
}

const pooling =
  (name: 'MaxPool' | 'AvgPool'): Lowering<'maxPool' | 'avgPool'> =>
  ({ inputs, attrs, outputs }) => {
    const shape = concrete(outputs[0]!.shape)
    const all = stages(concrete(inputs[0]!.shape), shape, attrs)
    return ([x]) => reshape(through(name, all, x!).at(-1)!, shape)
  }

/** Whether windows lie side by side, without gaps and overlaps. */
const tiles = ({ window: size, strides }: Window): boolean => size.every((dim, axis) => dim === strides[axis])

type PlaceGradient = (
  xShape: Size,
  yShape: Size,
  pool: Window,
  context: Context,
) => (x: Tensor, y: Tensor, g: Tensor) => Tensor

/** Below everything that float32 holds but −∞, which would make NaN of a difference. */
const LOWEST = -3.4028234663852886e38

/**
 * Where windows tile the image, all of them at once: y and g are repeated over their windows, and of the elements that
 * equal y the one with the lowest rank in its window gets g. Comparisons are steps of differences, and the first hit is
 * found by a second pooling: 4 × faster than by pieces.
 */
const placeInTiles: PlaceGradient = (
  [, h, w, c],
  [, oh, ow],
  { window: [kh, kw], strides, padding },
  context,
) => {
  const [height, width] = [oh * kh, ow * kw]
  const cover = [
    [padding[0]![0], height - h - padding[0]![0]],
    [padding[1]![0], width - w - padding[1]![0]],
  ] as const
  const count = kh * kw
  const ranks = Float32Array.from({ length: height * width * c }, (_, at) => {
    const [row, column] = [Math.floor(at / (width * c)) % kh, Math.floor(at / c) % kw]
    return -(row * kw + column)
  })
  const rank = context.constant(ranks, [1, height, width, c], 'float32')
  const miss = context.constant(Float32Array.of(count), [], 'float32')
  const half = context.constant(Float32Array.of(0.5), [], 'float32')
  const size = { size: [height, width], alignCorners: false, halfPixelCenters: true }
  const over = (images: Tensor): Tensor => kernel('ResizeNearestNeighbor', { images }, size)
  return (x, y, g) => {
    const missed = step(sub(over(y), resize(x, cover, LOWEST)))
    const score = sub(rank, mul(missed, miss))
    const best = kernel(
      'MaxPool',
      { x: score },
      { filterSize: [kh, kw], strides: [...strides], pad: 'valid' },
    )
    const first = step(sub(score, over(sub(best, half))))
    return resize(
      mul(over(g), first),
      cover.map(([before, after]) => [-before, -after] as const),
    )
  }
}

// The kernel of wasm drops the gradient where the maximum of a window is ≤ 0.
const placeByPieces: PlaceGradient = (xShape, yShape, pool, context) => {
  const { take, give } = windows(xShape, [yShape[1], yShape[2]], pool)
  const one = context.constant(Float32Array.of(1), [], 'float32')
  return (x, y, g) => {
    let free: Tensor | undefined
    const pieces = take(x, Number.NEGATIVE_INFINITY).map((piece, at, all) => {
      const hit = cast(kernel('Equal', { a: piece, b: y }), 'float32')
      // Only the first of equal maxima gets the gradient.
      const first = free === undefined ? hit : mul(hit, free)
      if (at < all.length - 1) free = free === undefined ? sub(one, first) : sub(free, first)
      return mul(g, first)
    })
    return give(pieces)
  }
}

const maxPoolGrad: Lowering<'maxPoolGrad'> = ({ inputs, attrs, outputs }, context) => {
  const all = stages(concrete(inputs[0]!.shape), concrete(inputs[1]!.shape), attrs)
  const back = all.map(({ pool, xShape, yShape }) => {
    const place = context.engine === 'wasm' && tiles(pool) ? placeInTiles : placeByPieces
    const run = place(xShape, yShape, pool, context)
    return (x: Tensor, y: Tensor, g: Tensor) =>
      run(reshape(x, xShape), reshape(y, yShape), reshape(g, yShape))
  })
  return ([x, y, g]) => {
    const values = [...through('MaxPool', all.slice(0, -1), x!), y!]
    const slope = back.reduceRight((slope, run, at) => run(values[at]!, values[at + 1]!, slope), g!)
    return reshape(slope, concrete(outputs[0]!.shape))
  }
}

/** 1 / (elements of each window that are no padding), as [1, oh, ow, 1]. */
function shares(
  size: readonly number[],
  out: readonly number[],
  { window, strides, padding }: Window,
  context: Context,
): Tensor {
  const counts = [0, 1].map((axis) =>
    Array.from({ length: out[axis + 1]! }, (_, at) => {
      const start = at * strides[axis]! - padding[axis]![0]
      return Math.min(start + window[axis]!, size[axis + 1]!) - Math.max(start, 0)
    }),
  )
  const [rows, columns] = counts as [number[], number[]]
  const data = Float32Array.from(rows.flatMap((row) => columns.map((column) => 1 / (row * column))))
  return context.constant(data, [1, rows.length, columns.length, 1], 'float32')
}

// The kernels of tfjs divide by the size of the window, padding included.
const avgPoolGrad: Lowering<'avgPoolGrad'> = ({ inputs, attrs, outputs }, context) => {
  const all = stages(concrete(outputs[0]!.shape), concrete(inputs[0]!.shape), attrs)
  const back = all.map(({ pool, xShape, yShape }) => {
    const { give } = windows(xShape, [yShape[1], yShape[2]], pool)
    const share = shares(xShape, yShape, pool, context)
    const count = pool.window[0] * pool.window[1]
    return (g: Tensor) => give(new Array<Tensor>(count).fill(mul(reshape(g, yShape), share)))
  })
  return ([g]) =>
    reshape(
      back.reduceRight((slope, run) => run(slope), g!),
      concrete(outputs[0]!.shape),
    )
}

export const window: Lowerings<'maxPool' | 'maxPoolGrad' | 'avgPool' | 'avgPoolGrad'> = {
  maxPool: pooling('MaxPool'),
  maxPoolGrad,
  avgPool: pooling('AvgPool'),
  avgPoolGrad,
}
