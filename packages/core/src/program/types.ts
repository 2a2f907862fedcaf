import type { Attributes, OpName } from './ops/index.ts'

/** The types of the elements of a tensor. On a float64 backend 'float32' is computed in float64. */
export type DType = 'float32' | 'int32' | 'bool'

/** A size: a number, or a symbol to be bound later ('batch'), or a product of both ('20*batch'). */
export type Dim = number | string

export type Shape = readonly Dim[]

export interface TensorType {
  readonly shape: Shape
  readonly dtype: DType
}

/** What an equation computes, or a program takes. Written once, read many times (SSA). */
export interface Value extends TensorType {
  readonly id: number
  /** Set on the inputs of a program, and on nothing else. */
  readonly name?: string
}

/** `outputs = op(inputs; attrs)`, asked for by the layer at `path`. */
export type Equation = { readonly [Op in OpName]: EquationOf<Op> }[OpName]

export interface EquationOf<Op extends OpName> {
  readonly op: Op
  readonly inputs: readonly Value[]
  readonly attrs: Attributes[Op]
  readonly outputs: readonly Value[]
  readonly path: string
}

/** A straight line of equations. Plain frozen data: it can be printed, sent, stored and transformed. */
export interface Program {
  readonly inputs: readonly Value[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Value[]
  /** One name an output. */
  readonly outputNames: readonly string[]
}

/** One function an op: execution, ONNX emission and printing are such tables; a missing op does not compile. */
export type Interpreter<T> = {
  readonly [Op in OpName]: (
    inputs: readonly T[],
    attrs: Attributes[Op],
    equation: EquationOf<Op>,
  ) => readonly T[]
}
