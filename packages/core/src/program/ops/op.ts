import { ShapeError } from '../../errors.ts'
import type { Builder } from '../builder.ts'
import { formatShape } from '../dims.ts'
import type { DType, TensorType, Value } from '../types.ts'

/** What a gradient rule sees: one call of the op, and what flows back into its outputs. */
export interface Backward<A> {
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attrs: A
  /** d(loss)/d(output), one for each output; undefined where nothing flows back. */
  readonly gradients: readonly (Value | undefined)[]
  /** The gradient of the first output, which for most ops is the only one. */
  readonly g: Value
}

/** d(loss)/d(input) for each input; null where an input has no slope (indices, conditions). */
export type GradientRule<A> = (b: Builder, call: Backward<A>) => readonly (Value | null)[]

export interface NonDifferentiable {
  readonly reason: string
}

/** Written down rather than left out: why an op has no gradient. */
export function nonDifferentiable(reason: string): NonDifferentiable {
  return { reason }
}

/** ONE definition an op: its type rule and its gradient, side by side. */
export interface OpDefinition<A> {
  /** How many inputs it takes; undefined for any number from one on. */
  readonly arity: number | undefined
  /** The types of the outputs. Throws a ShapeError for inputs that the op can not take. */
  infer(inputs: readonly TensorType[], attrs: A): readonly TensorType[]
  readonly gradient: GradientRule<A> | NonDifferentiable
}

export type NoAttributes = Readonly<Record<string, never>>

// ---- Checks that type rules share -------------------------------------------------------------

export function expectDType({ dtype }: TensorType, ...expected: readonly DType[]): void {
  if (!expected.includes(dtype)) {
    throw new ShapeError(`Expected dtype ${expected.join(' or ')}. Received: ${dtype}.`)
  }
}

export function expectSameDType(...types: readonly TensorType[]): void {
  const dtypes = types.map(({ dtype }) => dtype)
  if (new Set(dtypes).size > 1) throw new ShapeError(`Expected equal dtypes. Received: ${dtypes.join(', ')}.`)
}

export function expectAxis(axis: number, { shape }: TensorType): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new ShapeError(`Axis ${axis} is outside of shape ${formatShape(shape)}.`)
  }
}

export function expectAxes(axes: readonly number[], type: TensorType): void {
  for (const axis of axes) expectAxis(axis, type)
  if (new Set(axes).size !== axes.length) throw new ShapeError(`Axes [${axes}] name an axis twice.`)
}
