import type { Builder } from '../builder.ts'
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

const argMax: OpDefinition<ArgMaxAttributes> = {
  arity: 1,
  infer([x], { axis }) {
    expectDType(x!, 'float32', 'int32')
    expectAxis(axis, x!)
    return [{ shape: x!.shape.filter((_, at) => at !== axis), dtype: 'int32' }]
  },
  gradient: nonDifferentiable('an index has no slope'),
}

export const reduce = {
  reduceSum: reduction(
    (b, { inputs: [x], attrs, g }) => [b.broadcast(restore(b, g, x!, attrs), x!.shape)],
    'float32',
    'int32',
  ),
  reduceMax: reduction(toExtremes, 'float32', 'int32'),
  reduceMin: reduction(toExtremes, 'float32', 'int32'),
  /** The index of the first greatest element along an axis, which disappears. */
  argMax,
}
