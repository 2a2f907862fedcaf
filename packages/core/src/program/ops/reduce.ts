import { ShapeError } from '../../errors.ts'
import type { Builder } from '../builder.ts'
import { formatShape, productOf } from '../dims.ts'
import type { DType, Shape, TensorType, Value } from '../types.ts'
import type { Backward, GradientRule } from './op.ts'
import { expectAxes, expectAxis, expectDType, nonDifferentiable, type OpDefinition } from './op.ts'

export interface ReduceAttributes {
  readonly axes: readonly number[]
  readonly keepDims: boolean
}

export interface ArgMaxAttributes {
  readonly axis: number
}

export interface CumSumAttributes {
  readonly axis: number
  /** Whether an element is not in its own sum. */
  readonly exclusive: boolean
  /** Whether it is the elements from this one to the last that are summed. */
  readonly reverse: boolean
}

export interface TopKAttributes {
  readonly k: number
}

/** The shape after a reduction. */
export function reducedShape(shape: Shape, { axes, keepDims }: ReduceAttributes): Shape {
  return keepDims
    ? shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.includes(axis))
}

function reduction(gradient: GradientRule<ReduceAttributes>, ...dtypes: readonly DType[]) {
  return {
    arity: 1,
    infer([x], attrs) {
      expectDType(x!, ...dtypes)
      expectAxes(attrs.axes, x!)
      return [{ shape: reducedShape(x!.shape, attrs), dtype: x!.dtype }]
    },
    gradient,
  } satisfies OpDefinition<ReduceAttributes>
}

/** A reduced value with its reduced axes back as ones, ready to broadcast against the input. */
function restore(b: Builder, value: Value, x: TensorType, attrs: ReduceAttributes): Value {
  return b.reshape(value, reducedShape(x.shape, { ...attrs, keepDims: true }))
}

/** The slope goes to the extreme elements, in equal parts where several are equal. */
function toExtremes(b: Builder, { inputs: [x], outputs: [y], attrs, g }: Backward<ReduceAttributes>) {
  const hit = b.cast(b.equal(x!, restore(b, y!, x!, attrs)), g.dtype)
  const count = b.reduceSum(hit, attrs.axes, true)
  return [b.mul(hit, b.div(restore(b, g, x!, attrs), count))]
}

/** ∂Π/∂xᵢ is the product of the others: Π of all that are not 0, by xᵢ, where no other one is 0. */
function othersOf(b: Builder, { inputs: [x], attrs, g }: Backward<ReduceAttributes>) {
  const isZero = b.equal(x!, 0)
  const factors = b.select(isZero, 1, x!)
  const zeros = b.cast(isZero, 'float32')
  const isAlone = b.equal(b.reduceSum(zeros, attrs.axes, true), zeros)
  const others = b.select(isAlone, b.div(b.reduceProd(factors, attrs.axes, true), factors), 0)
  return [b.mul(restore(b, g, x!, attrs), others)]
}

const argMax: OpDefinition<ArgMaxAttributes> = {
  arity: 1,
  infer([x], { axis }) {
    expectDType(x!, 'float32', 'int32')
    expectAxis(axis, x!)
    if (x!.shape[axis] === 0 && !x!.shape.toSpliced(axis, 1).includes(0)) {
      throw new ShapeError(
        `argMax: expected elements along axis ${axis}. Received: ${formatShape(x!.shape)}.`,
      )
    }
    return [{ shape: x!.shape.filter((_, at) => at !== axis), dtype: 'int32' }]
  },
  gradient: nonDifferentiable('an index has no slope'),
}

/** yᵢ = x₀ + … + xᵢ along an axis. */
const cumSum: OpDefinition<CumSumAttributes> = {
  arity: 1,
  infer([x], { axis }) {
    expectDType(x!, 'float32', 'int32')
    expectAxis(axis, x!)
    return [{ shape: x!.shape, dtype: x!.dtype }]
  },
  // An element is in the sums of those behind it.
  gradient: (b, { attrs: { axis, ...attrs }, g }) => [
    b.cumSum(g, axis, { ...attrs, reverse: !attrs.reverse }),
  ],
}

/** The k greatest elements along the last axis, from the greatest on, and their int32 places; of equals the first one. */
const topK: OpDefinition<TopKAttributes> = {
  arity: 1,
  infer([x], { k }) {
    expectDType(x!, 'float32')
    const size = x!.shape.at(-1)
    if (typeof size !== 'number' || !Number.isInteger(k) || k < 0 || k > size) {
      throw new ShapeError(
        `topK: expected ${k} elements or more along the last axis. Received: ${formatShape(x!.shape)}.`,
      )
    }
    const shape = [...x!.shape.slice(0, -1), k]
    return [
      { shape, dtype: 'float32' },
      { shape, dtype: 'int32' },
    ]
  },
  // Back to their places, counted through all rows.
  gradient(b, { inputs: [x], outputs: [, indices], attrs: { k }, g }) {
    const rows = productOf(x!.shape.slice(0, -1))
    const starts = b.mul(b.iota([rows, 1], 0), x!.shape.at(-1) as number)
    const places = b.add(b.reshape(indices!, [rows, k]), starts)
    return [b.reshape(b.scatterAdd(places, b.reshape(g, [rows, k]), productOf(x!.shape)), x!.shape)]
  },
}

/**
 * Of integers that overflow the sum and the product are not defined; nor is the greatest or the smallest of elements of
 * which one is NaN.
 */
export const reduce = {
  reduceSum: reduction(
    (b, { inputs: [x], attrs, g }) => [b.broadcast(restore(b, g, x!, attrs), x!.shape)],
    'float32',
    'int32',
  ),
  reduceProd: reduction(othersOf, 'float32', 'int32'),
  reduceMax: reduction(toExtremes, 'float32', 'int32'),
  reduceMin: reduction(toExtremes, 'float32', 'int32'),
  /** The index of the first greatest element along an axis, which disappears. */
  argMax,
  cumSum,
  topK,
}
