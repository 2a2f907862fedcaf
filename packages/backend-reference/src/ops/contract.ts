import { type ConvAttributes, type DotAttributes, freeAxes, type Shape, sizeOf, stridesOf } from '@fn/core'
import { tapsOf } from '../taps.ts'
import { allocate, type Family, offsets, type Tensor } from '../tensor.ts'

/** The elements of x with its axes in another order. */
function arranged(x: Tensor, axes: readonly number[]): Tensor['data'] {
  if (axes.every((axis, at) => axis === at)) return x.data
  const strides = stridesOf(x.shape)
  const at = offsets(
    axes.map((axis) => x.shape[axis]!),
    axes.map((axis) => strides[axis]!),
  )
  return Float64Array.from(at, (from) => x.data[from]!)
}

const sizeAlong = (x: Tensor, axes: readonly number[]): number => sizeOf(axes.map((axis) => x.shape[axis]!))

/** As matrix products: z[batch, i, j] = Σₖ x[batch, i, k] · y[batch, k, j], each letter for a group of axes. */
function dot(x: Tensor, y: Tensor, { contract, batch }: DotAttributes, out: Tensor): Tensor {
  const rows = freeAxes(x.shape.length, contract[0], batch[0])
  const columns = freeAxes(y.shape.length, contract[1], batch[1])
  const left = arranged(x, [...batch[0], ...rows, ...contract[0]])
  const right = arranged(y, [...batch[1], ...contract[1], ...columns])
  const count = sizeAlong(x, batch[0])
  const [height, depth, width] = [sizeAlong(x, rows), sizeAlong(x, contract[0]), sizeAlong(y, columns)]
  for (let b = 0; b < count; b++) {
    for (let i = 0; i < height; i++) {
      const toRow = (b * height + i) * width
      for (let k = 0; k < depth; k++) {
        const factor = left[(b * height + i) * depth + k]!
        const fromRow = (b * depth + k) * width
        for (let j = 0; j < width; j++) out.data[toRow + j]! += factor * right[fromRow + j]!
      }
    }
  }
  return out
}

interface Convolution {
  /** [n, …size, channels] */
  readonly x: Tensor
  /** [...window, channels / groups, filters] */
  readonly kernel: Tensor
  /** [n, …outputs, filters] */
  readonly y: Tensor
}

/**
 * What one touch of the window adds, for one sample and one group: `channels` elements of x from xAt on meet `filters`
 * elements of y from yAt on, through the rows of the kernel, each `row` long, from kernelAt on.
 */
type Meet = (
  xAt: number,
  kernelAt: number,
  yAt: number,
  channels: number,
  filters: number,
  row: number,
) => void

/** Calls `meet` for all samples, touches and groups. */
function convolve({ x, kernel, y }: Convolution, size: Shape, attrs: ConvAttributes, meet: Meet): void {
  const { strides, dilations, padding, groups } = attrs
  const {
    input,
    kernel: element,
    output,
  } = tapsOf(size, {
    window: kernel.shape.slice(0, -2),
    strides,
    dilations,
    padding,
  })
  const [allChannels, allFilters] = [x.shape.at(-1)!, y.shape.at(-1)!]
  const [channels, filters] = [allChannels / groups, allFilters / groups]
  const [xSize, ySize] = [x.data.length / x.shape[0]!, y.data.length / y.shape[0]!]
  for (let n = 0; n < x.shape[0]!; n++) {
    for (let t = 0; t < input.length; t++) {
      for (let group = 0; group < groups; group++) {
        meet(
          n * xSize + input[t]! * allChannels + group * channels,
          element[t]! * channels * allFilters + group * filters,
          n * ySize + output[t]! * allFilters + group * filters,
          channels,
          filters,
          allFilters,
        )
      }
    }
  }
}

export const contract: Family<'contract'> = {
  dot: ([x, y], attrs, { outputs: [type] }) => [dot(x!, y!, attrs, allocate(type!))],

  // y[o, f] += x[i, c] · kernel[k, c, f]
  conv([x, kernel], attrs, { outputs: [type] }) {
    const y = allocate(type!)
    const [from, by, to] = [x!.data, kernel!.data, y.data]
    convolve(
      { x: x!, kernel: kernel!, y },
      x!.shape.slice(1, -1),
      attrs,
      (xAt, kAt, yAt, channels, filters, row) => {
        for (let c = 0; c < channels; c++) {
          const value = from[xAt + c]!
          for (let f = 0; f < filters; f++) to[yAt + f]! += value * by[kAt + c * row + f]!
        }
      },
    )
    return [y]
  },

  // x[i, c] += y[o, f] · kernel[k, c, f]
  convTranspose([y, kernel], attrs, { outputs: [type] }) {
    const x = allocate(type!)
    const [from, by, to] = [y!.data, kernel!.data, x.data]
    convolve(
      { x, kernel: kernel!, y: y! },
      attrs.inputSize,
      attrs,
      (xAt, kAt, yAt, channels, filters, row) => {
        for (let c = 0; c < channels; c++) {
          let sum = 0
          for (let f = 0; f < filters; f++) sum += from[yAt + f]! * by[kAt + c * row + f]!
          to[xAt + c]! += sum
        }
      },
    )
    return [x]
  },

  // kernel[k, c, f] += x[i, c] · y[o, f]
  convFilterGrad([x, y], attrs, { outputs: [type] }) {
    const kernel = allocate(type!)
    const [from, by, to] = [x!.data, y!.data, kernel.data]
    convolve(
      { x: x!, kernel, y: y! },
      x!.shape.slice(1, -1),
      attrs,
      (xAt, kAt, yAt, channels, filters, row) => {
        for (let c = 0; c < channels; c++) {
          const value = from[xAt + c]!
          for (let f = 0; f < filters; f++) to[kAt + c * row + f]! += value * by[yAt + f]!
        }
      },
    )
    return [kernel]
  },
}
