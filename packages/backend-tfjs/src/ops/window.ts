import { concrete, type PoolAttributes } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { add, cast, kernel, mul, reshape, step, stridedSlice, sub } from '../kernel.ts'
import type { Context, Lowering, Lowerings } from '../lowering.ts'
import { insertZeros, resize } from '../spatial.ts'

/** A pooling of two spatial axes; one axis is an image of height 1. */
interface Pool {
  readonly window: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: readonly (readonly [number, number])[]
}

const poolOf = ({ window, strides, padding }: PoolAttributes): Pool =>
  window.length === 1
    ? { window: [1, window[0]!], strides: [1, strides[0]!], padding: [[0, 0], padding[0]!] }
    : { window: [window[0]!, window[1]!], strides: [strides[0]!, strides[1]!], padding }

/** [n, h, w, c] */
type Size = readonly [number, number, number, number]

const image = (shape: readonly number[]): Size =>
  shape.length === 3 ? [shape[0]!, 1, shape[1]!, shape[2]!] : [shape[0]!, shape[1]!, shape[2]!, shape[3]!]

const pooling =
  (name: string): Lowering<'maxPool' | 'avgPool'> =>
  ({ inputs, attrs, outputs }) => {
    const { window, strides, padding } = poolOf(attrs)
    const options = {
      filterSize: [...window],
      strides: [...strides],
      pad: [[0, 0], ...padding.map((amounts) => [...amounts]), [0, 0]],
    }
    const size = image(concrete(inputs[0]!.shape))
    return ([x]) => reshape(kernel(name, { x: reshape(x!, size) }, options), concrete(outputs[0]!.shape))
  }

/** The places of a window in row-major order. */
function* places([rows, columns]: readonly [number, number]): Iterable<readonly [number, number]> {
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) yield [row, column]
}

/**
 * Takes an image apart into one tensor [n, oh, ow, c] for each place of the window, and puts such tensors together
 * again, adding where windows overlap.
 */
function windows([n, h, w, c]: Size, [, oh, ow]: Size, { window, strides, padding }: Pool) {
  const [kh, kw] = window
  const reach = [(oh - 1) * strides[0] + kh, (ow - 1) * strides[1] + kw] as const
  const around = [
    [padding[0]![0], reach[0] - h - padding[0]![0]],
    [padding[1]![0], reach[1] - w - padding[1]![0]],
  ] as const
  return {
    take(x: Tensor, value: number): readonly Tensor[] {
      const padded = resize(x, around, value)
      return [...places(window)].map(([row, column]) =>
        stridedSlice(
          padded,
          [0, row, column, 0],
          [n, row + (oh - 1) * strides[0] + 1, column + (ow - 1) * strides[1] + 1, c],
          [1, strides[0], strides[1], 1],
        ),
      )
    },
    give(pieces: readonly Tensor[]): Tensor {
      const spread = [...places(window)].map(([row, column], at) => {
        const [height, width] = [(oh - 1) * strides[0] + 1, (ow - 1) * strides[1] + 1]
        return resize(insertZeros(pieces[at]!, strides), [
          [row, reach[0] - row - height],
          [column, reach[1] - column - width],
        ])
      })
      return resize(
        spread.reduce(add),
        around.map(([before, after]) => [-before, -after] as const),
      )
    },
  }
}

/** Whether windows lie side by side, without gaps and overlaps. */
const tiles = ({ window: size, strides }: Pool): boolean => size.every((dim, axis) => dim === strides[axis])

const maxPoolGrad: Lowering<'maxPoolGrad'> = (equation, context) => {
  const { inputs, attrs, outputs } = equation
  const [xShape, yShape] = [image(concrete(inputs[0]!.shape)), image(concrete(inputs[1]!.shape))]
  const pool = poolOf(attrs)
  const place = context.engine === 'wasm' && tiles(pool) ? placeInTiles : placeByPieces
  const run = place(xShape, yShape, pool, context)
  return ([x, y, g]) => {
    const slope = run(reshape(x!, xShape), reshape(y!, yShape), reshape(g!, yShape))
    return reshape(slope, concrete(outputs[0]!.shape))
  }
}

type PlaceGradient = (
  xShape: Size,
  yShape: Size,
  pool: Pool,
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
  const { take, give } = windows(xShape, yShape, pool)
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

/** 1 / (elements of each window that are no padding), as [1, oh, ow, 1]. */
function shares(
  size: readonly number[],
  out: readonly number[],
  { window, strides, padding }: Pool,
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
  const [xShape, yShape] = [image(concrete(outputs[0]!.shape)), image(concrete(inputs[0]!.shape))]
  const pool = poolOf(attrs)
  const { give } = windows(xShape, yShape, pool)
  const share = shares(xShape, yShape, pool, context)
  const count = pool.window[0] * pool.window[1]
  return ([g]) => {
    const piece = mul(reshape(g!, yShape), share)
    return reshape(give(new Array<Tensor>(count).fill(piece)), concrete(outputs[0]!.shape))
  }
}

export const window: Lowerings<'maxPool' | 'maxPoolGrad' | 'avgPool' | 'avgPoolGrad'> = {
  maxPool: pooling('MaxPool'),
  maxPoolGrad,
  avgPool: pooling('AvgPool'),
  avgPoolGrad,
}
