import { type ConvAttributes, sizeOf } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { add, concat, reshape } from '../kernel.ts'
import { windows } from '../windows.ts'
import { convolve, convolveBack, filterSlope, type Planar, parts } from './image.ts'

/**
 * The products of a convolution on volumes x [n, d, h, w, c], y [n, od, oh, ow, f] and kernels [kd, kh, kw, c / groups, f].
 *
 * The kernels of tfjs for three spatial axes are wrong. So each step t of the window along the depth is a convolution
 * of images, of all slices that it lies on at once: y = Σₜ xₜ ∗ Kₜ.
 *
 * @param xShape the shape of x
 * @param yShape the shape of y
 * @param kernelShape the shape of the kernel
 */
export function volume(
  xShape: readonly number[],
  yShape: readonly number[],
  kernelShape: readonly number[],
  { strides, dilations, padding, groups }: ConvAttributes,
) {
  const [n, d, ...slice] = xShape as [number, number, number, number, number]
  const [, od, ...slope] = yShape as [number, number, number, number, number]
  const [kd, ...step] = kernelShape as [number, number, number, number, number]
  const [size, window] = [slice.slice(0, 2), step.slice(0, 2)] as [[number, number], [number, number]]
  const planar: Planar = {
    strides: [strides[1]!, strides[2]!],
    dilations: [dilations[1]!, dilations[2]!],
    padding: [padding[1]!, padding[2]!],
    groups,
  }
  // Along the depth alone: an image of height d whose pixels are slices.
  const rows = [n, d, 1, sizeOf(slice)] as const
  const depth = windows(rows, [od, 1], {
    window: [kd, 1],
    strides: [strides[0]!, 1],
    dilations: [dilations[0]!, 1],
    padding: [padding[0]!, [0, 0]],
  })
  const slicesOf = (x: Tensor): readonly Tensor[] =>
    depth.take(reshape(x, rows), 0).map((slices) => reshape(slices, [n * od, ...slice]))
  const stepsOf = (filter: Tensor): readonly Tensor[] =>
    parts(reshape(filter, [kd, sizeOf(step)]), kd, 0).map((row) => reshape(row, step))
  const slopesOf = (y: Tensor): Tensor => reshape(y, [n * od, ...slope])

  return {
    convolve(x: Tensor, filter: Tensor): Tensor {
      const steps = stepsOf(filter)
      const products = slicesOf(x).map((slices, t) => convolve(slices, steps[t]!, planar))
      return reshape(products.reduce(add), yShape)
    },
    convolveBack(y: Tensor, filter: Tensor): Tensor {
      const slopes = slopesOf(y)
      const pieces = stepsOf(filter).map((one) =>
        reshape(convolveBack(slopes, one, size, planar), [n, od, 1, sizeOf(slice)]),
      )
      return reshape(depth.give(pieces), xShape)
    },
    filterSlope(x: Tensor, g: Tensor): Tensor {
      const slopes = slopesOf(g)
      const steps = slicesOf(x).map((slices) =>
        reshape(filterSlope(slices, slopes, window, planar), [1, ...step]),
      )
      return concat(steps, 0)
    },
  }
}
