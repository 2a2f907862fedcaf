import type { Scope } from '../functional/scope.ts'
import type { SymbolicTensor } from '../functional/symbolic-tensor.ts'
import { normalizeAxis } from '../program/builder.ts'
import { productOf } from '../program/dims.ts'
import type { DType, Value } from '../program/types.ts'
import { define, type Op } from './define.ts'
import { known, operand } from './operands.ts'
import { swapped } from './shapes.ts'

type ReductionSettings = {
  /** One axis or several, from the end where negative; null for all. */
  axis: number | readonly number[] | null
  /** Whether they stay as axes of size 1. */
  keepdims: boolean
}

type Reduction = Op<(x: SymbolicTensor, settings?: Partial<ReductionSettings>) => SymbolicTensor>

const defaults: ReductionSettings = { axis: null, keepdims: false }

/** One value for each line along the axes. */
const reduction = (
  kind: string,
  least: DType,
  write: (b: Scope, x: Value, axes: readonly number[], keepdims: boolean) => Value,
): Reduction =>
  define(
    {
      kind,
      defaults,
      write(b, [given], { axis, keepdims }) {
        const x = operand(b, given, least)
        const rank = x.shape.length
        const axes = axis === null ? x.shape.map((_, at) => at) : [axis].flat()
        return write(
          b,
          x,
          axes.map((at) => normalizeAxis(at, rank)),
          keepdims,
        )
      },
    },
    (x: SymbolicTensor, settings: Partial<ReductionSettings> = {}) => [[x], settings],
  )

type ArgumentSettings = { axis: number | null; keepdims: boolean }

/** Where along an axis the first greatest element of f(x) is, in int32; along all elements where no axis is said. */
const argument = (kind: string, write: (b: Scope, x: Value) => Value) =>
  define(
    {
      kind,
      defaults: { axis: null, keepdims: false } as ArgumentSettings,
      write(b, [given], { axis, keepdims }) {
        const x = operand(b, given, 'int32')
        const ones = x.shape.map(() => 1)
        if (axis === null) {
          const index = b.argMax(write(b, b.reshape(x, [productOf(x.shape)])), 0)
          return keepdims ? b.reshape(index, ones) : index
        }
        const at = normalizeAxis(axis, x.shape.length)
        const index = b.argMax(write(b, x), at)
        return keepdims ? b.reshape(index, x.shape.with(at, 1)) : index
      },
    },
    (x: SymbolicTensor, settings: Partial<ArgumentSettings> = {}) => [[x], settings],
  )

/** y = f(x) along one axis, the last where nothing is said, for an f along the last one. */
const along = (kind: string, write: (b: Scope, x: Value) => Value) =>
  define(
    {
      kind,
      defaults: { axis: -1 },
      write(b, [given], { axis }) {
        const x = operand(b, given, 'float32')
        const last = x.shape.length - 1
        const at = normalizeAxis(axis, x.shape.length)
        return swapped(b, write(b, swapped(b, x, at, last)), at, last)
      },
    },
    (x: SymbolicTensor, settings: { readonly axis?: number } = {}) => [[x], settings],
  )

/** x in the dtype of a setting, if there is one. */
const cast = (b: Scope, x: Value, dtype: DType | null): Value =>
  dtype === null ? x : b.cast(x, known(dtype))

const variance = (b: Scope, x: Value, axes: readonly number[], keepdims: boolean): Value =>
  b.mean(b.square(b.sub(x, b.mean(x, axes, true))), axes, keepdims)

const truth = (b: Scope, x: Value): Value => b.cast(b.cast(x, 'bool'), 'float32')

/** What looks along axes: a value for each line, or for each of its elements. */
export const reductions = {
  sum: reduction('numpy.Sum', 'int32', (b, x, axes, keepdims) => b.reduceSum(x, axes, keepdims)),
  /** Π xᵢ, in another dtype where one is said. */
  prod: define(
    {
      kind: 'numpy.Prod',
      defaults: { ...defaults, dtype: null as DType | null },
      write(b, [given], { axis, keepdims, dtype }) {
        const x = cast(b, operand(b, given, 'int32'), dtype)
        return b.reduceProd(x, axis === null ? undefined : [axis].flat(), keepdims)
      },
    },
    (x: SymbolicTensor, settings: Partial<ReductionSettings & { dtype: DType | null }> = {}) => [
      [x],
      settings,
    ],
  ),
  /** x₀ + … + xᵢ for each i along one axis, in another dtype where one is said; of all elements where no axis is. */
  cumsum: define(
    {
      kind: 'numpy.Cumsum',
      defaults: { axis: null as number | null, dtype: null as DType | null },
      write(b, [given], { axis, dtype }) {
        const x = cast(b, operand(b, given, 'int32'), dtype)
        return axis === null ? b.cumSum(b.reshape(x, [productOf(x.shape)]), 0) : b.cumSum(x, axis)
      },
    },
    (x: SymbolicTensor, settings: { readonly axis?: number | null; readonly dtype?: DType | null } = {}) => [
      [x],
      settings,
    ],
  ),
  /** In float32. */
  mean: reduction('numpy.Mean', 'float32', (b, x, axes, keepdims) => b.mean(x, axes, keepdims)),
  max: reduction('numpy.Max', 'int32', (b, x, axes, keepdims) => b.reduceMax(x, axes, keepdims)),
  min: reduction('numpy.Min', 'int32', (b, x, axes, keepdims) => b.reduceMin(x, axes, keepdims)),
  /** mean (x − mean x)² */
  var: reduction('numpy.Var', 'float32', variance),
  /** √var */
  std: reduction('numpy.Std', 'float32', (b, x, axes, keepdims) => b.sqrt(variance(b, x, axes, keepdims))),
  /** Whether any element is not 0. */
  any: reduction('numpy.Any', 'bool', (b, x, axes, keepdims) =>
    b.less(0, b.reduceMax(truth(b, x), axes, keepdims)),
  ),
  /** Whether no element is 0. */
  all: reduction('numpy.All', 'bool', (b, x, axes, keepdims) =>
    b.less(0, b.reduceMin(truth(b, x), axes, keepdims)),
  ),
  argmax: argument('numpy.Argmax', (_b, x) => x),
  argmin: argument('numpy.Argmin', (b, x) => b.neg(x)),
  /** e^xᵢ / Σⱼ e^xⱼ */
  softmax: along('nn.Softmax', (b, x) => b.softmax(x)),
  /** xᵢ − ln Σⱼ e^xⱼ */
  logSoftmax: along('nn.LogSoftmax', (b, x) => b.logSoftmax(x)),
}
