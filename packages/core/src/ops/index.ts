import { operate } from '../functional/operation.ts'
import type { SymbolicTensor } from '../functional/symbolic-tensor.ts'
import type { DType } from '../program/types.ts'
import { definitions } from './definitions.ts'

/** A symbolic tensor, or a number that takes its dtype. */
export type TensorLike = SymbolicTensor | number

export interface ReduceOptions {
  /** One axis or several; all if nothing is said. Axis 0 is that of the batch. */
  readonly axis?: number | readonly number[] | null
  /** Whether reduced axes stay with size 1. */
  readonly keepdims?: boolean
}

/** What of an axis is taken: all of it (null), [start, stop) or [start, stop) by a step, or one place, and no axis left. */
export type Range = null | number | readonly [start: number | null, stop: number | null, step?: number]

type Definition = (typeof definitions)[keyof typeof definitions]

const unary =
  (definition: Definition) =>
  (x: SymbolicTensor): SymbolicTensor =>
    operate(definition, [x])
const binary =
  (definition: Definition) =>
  (x: TensorLike, y: TensorLike): SymbolicTensor =>
    operate(definition, [x, y])
const reduction =
  (definition: Definition) =>
  (x: SymbolicTensor, { axis = null, keepdims = false }: ReduceOptions = {}): SymbolicTensor =>
    operate(definition, [x], { axis, keepdims })

const d = definitions

/**
 * Operations on symbolic tensors: each call is a node of the graph, as that of a layer is. Shapes broadcast as in NumPy.
 *
 * @throws ShapeError where an operation can not take what it is given, naming its node
 * @example
 * const distance = ops.sqrt(ops.sum(ops.square(ops.subtract(x, y)), { axis: -1, keepdims: true }))
 */
export const ops = {
  add: binary(d.add),
  subtract: binary(d.subtract),
  multiply: binary(d.multiply),
  divide: binary(d.divide),
  power: binary(d.power),
  maximum: binary(d.maximum),
  minimum: binary(d.minimum),
  equal: binary(d.equal),
  notEqual: binary(d.notEqual),
  less: binary(d.less),
  lessEqual: binary(d.lessEqual),
  greater: binary(d.greater),
  greaterEqual: binary(d.greaterEqual),
  logicalAnd: binary(d.logicalAnd),
  logicalOr: binary(d.logicalOr),
  logicalNot: unary(d.logicalNot),
  /** x where the condition holds, else y. */
  where: (condition: SymbolicTensor, x: TensorLike, y: TensorLike): SymbolicTensor =>
    operate(d.where, [condition, x, y]),

  negative: unary(d.negative),
  absolute: unary(d.absolute),
  sign: unary(d.sign),
  floor: unary(d.floor),
  ceil: unary(d.ceil),
  square: unary(d.square),
  sqrt: unary(d.sqrt),
  exp: unary(d.exp),
  log: unary(d.log),
  sin: unary(d.sin),
  cos: unary(d.cos),
  tanh: unary(d.tanh),
  relu: unary(d.relu),
  sigmoid: unary(d.sigmoid),
  softplus: unary(d.softplus),
  /** min(max(x, low), high) */
  clip: (x: SymbolicTensor, low: number, high: number): SymbolicTensor =>
    operate(d.clip, [x], { x_min: low, x_max: high }),
  softmax: (x: SymbolicTensor, { axis = -1 }: { readonly axis?: number } = {}): SymbolicTensor =>
    operate(d.softmax, [x], { axis }),

  sum: reduction(d.sum),
  mean: reduction(d.mean),
  max: reduction(d.max),
  min: reduction(d.min),
  any: reduction(d.any),
  all: reduction(d.all),
  /** Where the first greatest element lies along an axis. */
  argmax: (x: SymbolicTensor, { axis = -1, keepdims = false }: { axis?: number; keepdims?: boolean } = {}) =>
    operate(d.argmax, [x], { axis, keepdims }),

  /** The batch axis included; one size may be −1 and follows from the others: `[-1, 4, 3]`. */
  reshape: (x: SymbolicTensor, shape: readonly number[]): SymbolicTensor =>
    operate(d.reshape, [x], { newshape: shape }),
  /** Axis i of what comes out is axis `axes[i]`; without axes all are reversed. */
  transpose: (x: SymbolicTensor, axes: readonly number[] | null = null): SymbolicTensor =>
    operate(d.transpose, [x], { axes }),
  expandDims: (x: SymbolicTensor, axis: number): SymbolicTensor => operate(d.expandDims, [x], { axis }),
  squeeze: (x: SymbolicTensor, axis: number | readonly number[] | null = null): SymbolicTensor =>
    operate(d.squeeze, [x], { axis }),
  concatenate: (parts: readonly SymbolicTensor[], { axis = -1 }: { axis?: number } = {}): SymbolicTensor =>
    operate(d.concatenate, [parts], { axis }),
  stack: (parts: readonly SymbolicTensor[], { axis = 0 }: { axis?: number } = {}): SymbolicTensor =>
    operate(d.stack, [parts], { axis }),
  matmul: (x: SymbolicTensor, y: SymbolicTensor): SymbolicTensor => operate(d.matmul, [x, y]),
  /** Places along an axis, by a list of numbers or by a tensor of them. */
  take: (
    x: SymbolicTensor,
    indices: SymbolicTensor | number | readonly number[],
    { axis = 0 }: { axis?: number } = {},
  ): SymbolicTensor => operate(d.take, [x, indices], { axis }),
  /** `ops.slice(x, null, [1, 3])` is x[:, 1:3]; a number takes one place, and its axis away. */
  slice: (x: SymbolicTensor, ...ranges: readonly Range[]): SymbolicTensor =>
    operate(d.slice, [x, ranges.map(sliceOf)]),
  cast: (x: SymbolicTensor, dtype: DType): SymbolicTensor => operate(d.cast, [x], { dtype }),
} as const

function sliceOf(range: Range) {
  if (typeof range === 'number') return range
  const [start, stop, step] = range ?? [null, null]
  return { class_name: '__slice__', config: { start, stop, step: step ?? null } }
}
