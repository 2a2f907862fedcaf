import { ShapeError } from '../../errors.ts'
import type { Builder } from '../builder.ts'
import { formatShape, mayBeSame, mayEqual } from '../dims.ts'
import type { Dim, Shape, TensorType, Value } from '../types.ts'
import { expectAxes, expectDType, type OpDefinition } from './op.ts'
import { expectWindow, type WindowAttributes, windowCount } from './window.ts'

/**
 * The general product: batch axes run along, contracted axes are summed over, the free ones of a and then of b
 * stay. Output: [batch…, free of a…, free of b…].
 */
export interface DotAttributes {
  /** Axes of a and of b that are multiplied and summed, in pairs. */
  readonly contract: readonly [readonly number[], readonly number[]]
  /** Axes of a and of b that run along, in pairs. */
  readonly batch: readonly [readonly number[], readonly number[]]
}

/** The axes of a tensor that a dot neither sums over nor runs along, ascending. */
export function freeAxes(rank: number, contract: readonly number[], batch: readonly number[]): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter(
    (axis) => !contract.includes(axis) && !batch.includes(axis),
  )
}

/**
 * The gradient into one side of a dot: the product of g, which has the axes [batch, free a, free b], with the other
 * operand over what is free in it. Of the two orders of the factors, the one whose result needs no transpose.
 */
function dotSide(
  b: Builder,
  attrs: DotAttributes,
  operands: readonly [Value, Value],
  g: Value,
  side: 0 | 1,
): Value {
  const other = side === 0 ? 1 : 0
  const own = operands[side]
  const batch = attrs.batch[0].length
  const [ownFree, otherFree] = [side, other].map((at) =>
    freeAxes(operands[at]!.shape.length, attrs.contract[at]!, attrs.batch[at]!),
  ) as [number[], number[]]
  const firstOther = side === 0 ? batch + ownFree.length : batch
  const gAxes = otherFree.map((_, at) => firstOther + at)
  const gBatch = attrs.batch[0].map((_, at) => at)

  // Where the axes of the own operand lie in the product: its batch axes, then its free and its contracted ones.
  const pairs = attrs.contract[other].map((axis, pair) => ({ axis, own: attrs.contract[side][pair]! }))
  const contracted = pairs.sort((p, q) => p.axis - q.axis).map((pair) => pair.own)
  const gFirst = [...attrs.batch[side], ...ownFree, ...contracted]
  const gLast = [...attrs.batch[side], ...contracted, ...ownFree]
  const inOrder = (axes: readonly number[]): boolean => axes.every((axis, at) => axis === at)
  const backward = !inOrder(gFirst) && inOrder(gLast)

  const product = backward
    ? b.dot(operands[other], g, { contract: [otherFree, gAxes], batch: [attrs.batch[other], gBatch] })
    : b.dot(g, operands[other], { contract: [gAxes, otherFree], batch: [gBatch, attrs.batch[other]] })
  const axes = backward ? gLast : gFirst
  return b.transpose(
    product,
    own.shape.map((_, axis) => axes.indexOf(axis)),
  )
}

const dot: OpDefinition<DotAttributes> = {
  arity: 2,
  infer([x, y], { contract, batch }) {
    expectDType(x!, 'float32')
    expectDType(y!, 'float32')
    expectAxes([...contract[0], ...batch[0]], x!)
    expectAxes([...contract[1], ...batch[1]], y!)
    for (const pairs of [contract, batch]) {
      if (pairs[0].length !== pairs[1].length) throw new ShapeError('dot: expected its axes in pairs.')
      pairs[0].forEach((axis, pair) => {
        if (!mayEqual(x!.shape[axis]!, y!.shape[pairs[1][pair]!]!)) {
          throw new ShapeError(
            `Expected ${formatShape(x!.shape)} and ${formatShape(y!.shape)} to agree on axes ${axis} and ${pairs[1][pair]}.`,
          )
        }
      })
    }
    const pick = (type: TensorType, axes: readonly number[]): Dim[] => axes.map((axis) => type.shape[axis]!)
    return [
      {
        shape: [
          ...pick(x!, batch[0]),
          ...pick(x!, freeAxes(x!.shape.length, contract[0], batch[0])),
          ...pick(y!, freeAxes(y!.shape.length, contract[1], batch[1])),
        ],
        dtype: 'float32',
      },
    ]
  },
  gradient: (b, { inputs: [x, y], attrs, g }) => [
    dotSide(b, attrs, [x!, y!], g, 0),
    dotSide(b, attrs, [x!, y!], g, 1),
  ],
}

/**
 * Channels-last convolution of 1 to 3 spatial axes: x [n, …spatial, c], kernel [...window, c / groups, filters].
 * It is linear in both operands; with its two transposes it is closed under differentiation.
 */
export interface ConvAttributes {
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** [before, after] for each spatial axis, always explicit. */
  readonly padding: readonly (readonly [number, number])[]
  readonly groups: number
}

export interface ConvTransposeAttributes extends ConvAttributes {
  /** The spatial sizes of the output, i.e. of the input of the convolution that this transposes. */
  readonly inputSize: readonly Dim[]
}

export interface ConvFilterGradAttributes extends ConvAttributes {
  /** The window of the kernel. */
  readonly kernelSize: readonly number[]
}

const onlyConv = ({ strides, dilations, padding, groups }: ConvAttributes): ConvAttributes => ({
  strides,
  dilations,
  padding,
  groups,
})

const spatial = (shape: Shape): Shape => shape.slice(1, -1)

const channels = (type: TensorType): number => {
  const dim = type.shape[type.shape.length - 1]
  if (typeof dim !== 'number') {
    throw new ShapeError(`Expected a fixed number of channels. Received: ${formatShape(type.shape)}.`)
  }
  return dim
}

const windowOf = (kernelSize: readonly number[], attrs: ConvAttributes): WindowAttributes => ({
  window: kernelSize,
  strides: attrs.strides,
  dilations: attrs.dilations,
  padding: attrs.padding,
})

const outputSize = (size: Shape, kernelSize: readonly number[], attrs: ConvAttributes): Dim[] =>
  size.map((dim, axis) => windowCount(dim, axis, windowOf(kernelSize, attrs)))

function kernelSizeOf(kernel: TensorType): number[] {
  return kernel.shape.slice(0, -2).map((dim) => {
    if (typeof dim !== 'number') throw new ShapeError('Expected a kernel of fixed size.')
    return dim
  })
}

/** The rules that tie an input [n, …size, c], a kernel and an output [n, …, filters] together. */
function expectConv(x: TensorType, kernel: TensorType, attrs: ConvAttributes): void {
  expectDType(x, 'float32')
  expectDType(kernel, 'float32')
  expectWindow(x, windowOf(kernelSizeOf(kernel), attrs))
  const [perGroup, filters] = kernel.shape.slice(-2)
  if (perGroup !== channels(x) / attrs.groups || (filters as number) % attrs.groups !== 0) {
    throw new ShapeError(
      `Expected a kernel of ${channels(x) / attrs.groups} input channels and filters divisible by ${attrs.groups} groups. Received: ${formatShape(kernel.shape)} for input ${formatShape(x.shape)}.`,
    )
  }
}

const convolved = (x: TensorType, kernel: TensorType, attrs: ConvAttributes): TensorType => ({
  shape: [x.shape[0]!, ...outputSize(spatial(x.shape), kernelSizeOf(kernel), attrs), channels(kernel)],
  dtype: 'float32',
})

/** @throws ShapeError where `type` is not what the convolution of x with the kernel gives */
function expectConvolved(
  op: string,
  type: TensorType,
  x: TensorType,
  kernel: TensorType,
  attrs: ConvAttributes,
): void {
  expectConv(x, kernel, attrs)
  expectDType(type, 'float32')
  const expected = convolved(x, kernel, attrs).shape
  if (!mayBeSame(expected, type.shape)) {
    throw new ShapeError(`${op}: expected ${formatShape(expected)}. Received: ${formatShape(type.shape)}.`)
  }
}

/** y[n, o, f] = Σ x[n, o·stride + k·dilation − before, c] · kernel[k, c, f]; not defined for a kernel that is not finite. */
const conv: OpDefinition<ConvAttributes> = {
  arity: 2,
  infer([x, kernel], attrs) {
    expectConv(x!, kernel!, attrs)
    return [convolved(x!, kernel!, attrs)]
  },
  gradient: (b, { inputs: [x, kernel], attrs, g }) => [
    b.convTranspose(g, kernel!, { ...onlyConv(attrs), inputSize: spatial(x!.shape) }),
    b.convFilterGrad(x!, g, { ...onlyConv(attrs), kernelSize: kernelSizeOf(kernel!) }),
  ],
}

/** The gradient of conv into its input: y [n, …outputs, filters], kernel → [n, …inputSize, c]. */
const convTranspose: OpDefinition<ConvTransposeAttributes> = {
  arity: 2,
  infer([y, kernel], attrs) {
    const perGroup = kernel!.shape[kernel!.shape.length - 2] as number
    const x: TensorType = {
      shape: [y!.shape[0]!, ...attrs.inputSize, perGroup * attrs.groups],
      dtype: 'float32',
    }
    expectConvolved('convTranspose', y!, x, kernel!, attrs)
    return [x]
  },
  gradient: (b, { inputs: [y, kernel], attrs, g }) => [
    b.conv(g, kernel!, onlyConv(attrs)),
    b.convFilterGrad(g, y!, { ...onlyConv(attrs), kernelSize: kernelSizeOf(kernel!) }),
  ],
}

/** The gradient of conv into its kernel: x, g [n, …outputs, filters] → [...kernelSize, c / groups, filters]. */
const convFilterGrad: OpDefinition<ConvFilterGradAttributes> = {
  arity: 2,
  infer([x, g], attrs) {
    const kernel: TensorType = {
      shape: [...attrs.kernelSize, channels(x!) / attrs.groups, channels(g!)],
      dtype: 'float32',
    }
    expectConvolved('convFilterGrad', g!, x!, kernel, attrs)
    return [kernel]
  },
  gradient: (b, { inputs: [x, y], attrs, g: kernel }) => [
    b.convTranspose(y!, kernel, { ...onlyConv(attrs), inputSize: spatial(x!.shape) }),
    b.conv(x!, kernel, onlyConv(attrs)),
  ],
}

export const contract = { dot, conv, convTranspose, convFilterGrad }
