import { windowSpan } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { concat, kernel, reshape, slice, transpose, zeroBeyond } from '../kernel.ts'
import { insertZeros, resize } from '../spatial.ts'

// The products of a convolution on images x, y [n, h, w, c] and kernels [kh, kw, c / groups, f].

type Pair<T> = readonly [T, T]

export interface Planar {
  readonly strides: Pair<number>
  readonly dilations: Pair<number>
  /** [before, after] for both axes; negative padding crops. */
  readonly padding: Pair<Pair<number>>
  readonly groups: number
}

const both = <T>(of: (axis: 0 | 1) => T): Pair<T> => [of(0), of(1)]

/** x ∗ filter, of one group; or, by channels, of as many groups as x has channels. */
function conv2d(
  x: Tensor,
  filter: Tensor,
  { strides, dilations, padding }: Omit<Planar, 'groups'>,
  name: 'Conv2D' | 'DepthwiseConv2dNative' = 'Conv2D',
): Tensor {
  // Cropped here, padded by the kernel; where a crop leaves nothing, of what is padded on the other side.
  const crops = padding.map(([before, after]) => [Math.min(before, 0), Math.min(after, 0)] as const)
  const isLeft = crops.every(([before, after], axis) => x.shape[axis + 1]! + before + after > 0)
  const inside = resize(x, isLeft ? crops : padding)
  const around = padding.map(([before, after]) =>
    isLeft ? [Math.max(before, 0), Math.max(after, 0)] : [0, 0],
  )
  // The kernels turn a window of one pixel into a product of matrices.
  const [height, width, channels] = filter.shape as [number, number, number]
  const cleared = (of: Tensor): Tensor => (height * width === 1 ? zeroBeyond(of, channels) : of)
  return kernel(
    name,
    { x: cleared(inside), filter: cleared(filter) },
    {
      strides: [...strides],
      dilations: [...dilations],
      pad: [[0, 0], ...around, [0, 0]],
      dataFormat: 'NHWC',
    },
  )
}

/** The equal parts of a tensor along an axis. */
export function parts(x: Tensor, count: number, axis = x.shape.length - 1): readonly Tensor[] {
  if (count === 1) return [x]
  const size = x.shape[axis]! / count
  const sizes = x.shape.map((dim, at) => (at === axis ? size : dim))
  return Array.from({ length: count }, (_, part) =>
    slice(
      x,
      x.shape.map((_dim, at) => (at === axis ? part * size : 0)),
      sizes,
    ),
  )
}

/** x ∗ filter */
export function convolve(x: Tensor, filter: Tensor, { groups, ...options }: Planar): Tensor {
  const one = (sizes: Pair<number>): boolean => sizes.every((size) => size === 1)
  // The kernel takes strides or dilations.
  if (groups > 1 && groups === x.shape[3] && (one(options.strides) || one(options.dilations))) {
    const [height, width, , filters] = filter.shape as [number, number, number, number]
    const byChannel = reshape(filter, [height, width, groups, filters / groups])
    return conv2d(x, byChannel, options, 'DepthwiseConv2dNative')
  }
  const filters = parts(filter, groups)
  return concat(
    parts(x, groups).map((group, at) => conv2d(group, filters[at]!, options)),
    3,
  )
}

/** The gradient of a convolution into its input of this size: a convolution with the kernel turned round. */
export function convolveBack(
  y: Tensor,
  filter: Tensor,
  size: Pair<number>,
  { strides, dilations, padding, groups }: Planar,
): Tensor {
  const filters = parts(filter, groups)
  const slopes = parts(y, groups).map((group, at) => {
    const spread = insertZeros(group, strides)
    const turned = transpose(kernel('Reverse', { x: filters[at]! }, { dims: [0, 1] }), [0, 1, 3, 2])
    const around = both((axis) => {
      const span = windowSpan(turned.shape[axis]!, dilations[axis])
      const before = span - 1 - padding[axis][0]
      return [before, size[axis] + span - 1 - spread.shape[axis + 1]! - before] as const
    })
    return conv2d(spread, turned, { strides: [1, 1], dilations, padding: around })
  })
  return concat(slopes, 3)
}

/**
 * The gradient of a convolution into its kernel of this window: a convolution in which batch and channels, stride and
 * dilation swap.
 */
export function filterSlope(
  x: Tensor,
  g: Tensor,
  window: Pair<number>,
  { strides, dilations, padding, groups }: Planar,
): Tensor {
  const gs = parts(g, groups)
  const slopes = parts(x, groups).map((group, at) => {
    const input = transpose(group, [3, 1, 2, 0])
    const filter = transpose(gs[at]!, [1, 2, 0, 3])
    const around = both((axis) => {
      const [before] = padding[axis]
      const reach = (window[axis] - 1) * dilations[axis] + windowSpan(filter.shape[axis]!, strides[axis])
      return [before, reach - group.shape[axis + 1]! - before] as const
    })
    const product = conv2d(input, filter, { strides: dilations, dilations: strides, padding: around })
    return transpose(product, [1, 2, 0, 3])
  })
  return concat(slopes, 3)
}
