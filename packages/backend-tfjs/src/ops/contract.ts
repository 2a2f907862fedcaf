import { type ConvAttributes, concrete, freeAxes, sizeOf, windowSpan } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { batchMatMul, concat, kernel, reshape, slice, transpose } from '../kernel.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import { insertZeros, resize } from '../spatial.ts'

/** A general product as a product of batches of matrices. */
const dot: Lowering<'dot'> = ({ inputs, attrs: { contract, batch }, outputs }, { engine }) => {
  const shapes = inputs.map(({ shape }) => concrete(shape))
  const [a, b] = shapes.map((shape, side) => ({
    shape,
    batch: batch[side]!,
    free: freeAxes(shape.length, contract[side]!, batch[side]!),
    contract: contract[side]!,
  }))
  const size = (side: typeof a, axes: readonly number[]): number =>
    sizeOf(axes.map((axis) => side!.shape[axis]!))
  const batches = size(a, a!.batch)
  const [m, k, n] = [size(a, a!.free), size(a, a!.contract), size(b, b!.free)]
  const inOrder = (axes: readonly number[]): boolean => axes.every((axis, at) => axis === at)
  // On cpu the kernel reads swapped matrices as fast. On wasm swapped operands leave XNNPACK: 5 to 20 × slower than
  // an explicit transpose before.
  const flipA = engine === 'cpu' && inOrder([...a!.batch, ...a!.contract, ...a!.free])
  const flipB = engine === 'cpu' && inOrder([...b!.batch, ...b!.free, ...b!.contract])
  const permuteA = flipA ? [] : [...a!.batch, ...a!.free, ...a!.contract]
  const permuteB = flipB ? [] : [...b!.batch, ...b!.contract, ...b!.free]
  const out = concrete(outputs[0]!.shape)
  const moves = (axes: readonly number[]): boolean => !inOrder(axes)
  // a·b = (bᵀ·aᵀ)ᵀ: where b would have to be transposed and is larger than a and the product together, they are moved
  // instead. XNNPACK also packs its right operand anew each time, and then that is the smaller one.
  const turned = engine === 'wasm' && moves(permuteB) && !moves(permuteA) && k * n > m * k + m * n
  if (turned) {
    return ([x, y]) => {
      const left = reshape(transpose(y!, [...b!.batch, ...b!.free, ...b!.contract]), [batches, n, k])
      const right = transpose(reshape(x!, [batches, m, k]), [0, 2, 1])
      return reshape(transpose(batchMatMul(left, right), [0, 2, 1]), out)
    }
  }
  return ([x, y]) => {
    const left = reshape(transpose(x!, permuteA), flipA ? [batches, k, m] : [batches, m, k])
    const right = reshape(transpose(y!, permuteB), flipB ? [batches, n, k] : [batches, k, n])
    return reshape(batchMatMul(left, right, flipA, flipB), out)
  }
}

/** An image operation of one or two spatial axes: one axis is an image of height 1. */
interface Planar {
  readonly strides: readonly [number, number]
  readonly dilations: readonly [number, number]
  readonly padding: readonly [readonly [number, number], readonly [number, number]]
}

const pair = <T>(values: readonly T[], first: T): readonly [T, T] =>
  values.length === 1 ? [first, values[0]!] : [values[0]!, values[1]!]

const planar = ({ strides, dilations, padding }: ConvAttributes): Planar => ({
  strides: pair(strides, 1),
  dilations: pair(dilations, 1),
  padding: pair<readonly [number, number]>(padding, [0, 0]),
})

/** [n, w, c] → [n, 1, w, c] */
const image = (x: Tensor): Tensor =>
  x.shape.length === 3 ? reshape(x, [x.shape[0]!, 1, x.shape[1]!, x.shape[2]!]) : x
/** [k, c, f] → [1, k, c, f] */
const plane = (kernelTensor: Tensor): Tensor =>
  kernelTensor.shape.length === 3 ? reshape(kernelTensor, [1, ...kernelTensor.shape]) : kernelTensor

/** x [n, h, w, c] ∗ filter [kh, kw, c, f]; negative padding crops. */
function conv2d(x: Tensor, filter: Tensor, { strides, dilations, padding }: Planar): Tensor {
  const inside = resize(
    x,
    padding.map(([before, after]) => [Math.min(before, 0), Math.min(after, 0)] as const),
  )
  const around = padding.map(([before, after]) => [Math.max(before, 0), Math.max(after, 0)])
  return kernel(
    'Conv2D',
    { x: inside, filter },
    {
      strides: [...strides],
      dilations: [...dilations],
      pad: [[0, 0], ...around, [0, 0]],
      dataFormat: 'NHWC',
    },
  )
}

/** The parts of a tensor along its last axis, or along the one before. */
function parts(x: Tensor, groups: number, axis = x.shape.length - 1): readonly Tensor[] {
  if (groups === 1) return [x]
  const size = x.shape[axis]! / groups
  const sizes = x.shape.map((dim, at) => (at === axis ? size : dim))
  return Array.from({ length: groups }, (_, group) =>
    slice(
      x,
      x.shape.map((_dim, at) => (at === axis ? group * size : 0)),
      sizes,
    ),
  )
}

const conv: Lowering<'conv'> = ({ attrs, outputs }) => {
  const shape = concrete(outputs[0]!.shape)
  return ([x, filter]) => {
    const filters = parts(plane(filter!), attrs.groups)
    const groups = parts(image(x!), attrs.groups).map((group, at) =>
      conv2d(group, filters[at]!, planar(attrs)),
    )
    return reshape(concat(groups, 3), shape)
  }
}

/** The gradient of a convolution into its input: a convolution with the kernel turned round. */
const convTranspose: Lowering<'convTranspose'> = ({ attrs, outputs }) => {
  const shape = concrete(outputs[0]!.shape)
  const { strides, dilations, padding } = planar(attrs)
  const size = pair(concrete(attrs.inputSize), 1)
  return ([y, filter]) => {
    const filters = parts(plane(filter!), attrs.groups)
    const groups = parts(image(y!), attrs.groups).map((group, at) => {
      const spread = insertZeros(group, strides)
      const turned = transpose(kernel('Reverse', { x: filters[at]! }, { dims: [0, 1] }), [0, 1, 3, 2])
      const around = size.map((dim, axis) => {
        const span = windowSpan(turned.shape[axis]!, dilations[axis]!)
        const before = span - 1 - padding[axis]![0]
        return [before, dim + span - 1 - spread.shape[axis + 1]! - before] as const
      })
      return conv2d(spread, turned, {
        strides: [1, 1],
        dilations,
        padding: around as unknown as Planar['padding'],
      })
    })
    return reshape(concat(groups, 3), shape)
  }
}

/** The gradient of a convolution into its kernel: a convolution in which batch and channels, stride and dilation swap. */
const convFilterGrad: Lowering<'convFilterGrad'> = ({ attrs, outputs }) => {
  const shape = concrete(outputs[0]!.shape)
  const { strides, dilations, padding } = planar(attrs)
  const window = pair(attrs.kernelSize, 1)
  return ([x, g]) => {
    const gs = parts(image(g!), attrs.groups)
    const groups = parts(image(x!), attrs.groups).map((group, at) => {
      const input = transpose(group, [3, 1, 2, 0])
      const filter = transpose(gs[at]!, [1, 2, 0, 3])
      const around = window.map((size, axis) => {
        const [before] = padding[axis]!
        const reach = (size - 1) * dilations[axis]! + windowSpan(filter.shape[axis]!, strides[axis]!)
        return [before, reach - group.shape[axis + 1]! - before] as const
      })
      const product = conv2d(input, filter, {
        strides: dilations,
        dilations: strides,
        padding: around as unknown as Planar['padding'],
      })
      return transpose(product, [1, 2, 0, 3])
    })
    return reshape(concat(groups, 3), shape)
  }
}

export const contract: Lowerings<'dot' | 'conv' | 'convTranspose' | 'convFilterGrad'> = {
  dot,
  conv,
  convTranspose,
  convFilterGrad,
}
