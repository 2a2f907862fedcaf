import { ShapeError } from '../../errors.ts'
import { isConcrete, sizeOf } from '../dims.ts'
import type { DType, Shape } from '../types.ts'
import type { AxisAttributes } from './move.ts'
import { expectAxis, nonDifferentiable, type OpDefinition } from './op.ts'

export interface ConstantAttributes {
  readonly shape: Shape
  readonly dtype: DType
  /** Row-major elements; a single one fills the whole shape. */
  readonly data: ArrayLike<number>
}
export interface IotaAttributes {
  readonly shape: Shape
  readonly dtype: DType
  readonly axis: number
}
export interface RandomAttributes {
  readonly shape: Shape
  /** uniform: [0, 1). normal: mean 0, variance 1. */
  readonly distribution: 'uniform' | 'normal'
  /** Tells one draw of a program from another. */
  readonly stream: number
}

const noInputs = nonDifferentiable('it has no inputs')

const constant: OpDefinition<ConstantAttributes> = {
  arity: 0,
  infer(_, { shape, dtype, data }) {
    if (data.length !== 1 && (!isConcrete(shape) || data.length !== sizeOf(shape))) {
      throw new ShapeError(`constant: ${data.length} elements do not fill shape [${shape}].`)
    }
    return [{ shape, dtype }]
  },
  gradient: noInputs,
}

/** 0, 1, 2, … along an axis. */
const iota: OpDefinition<IotaAttributes> = {
  arity: 0,
  infer(_, { shape, dtype, axis }) {
    expectAxis(axis, { shape, dtype })
    return [{ shape, dtype }]
  },
  gradient: noInputs,
}

const random: OpDefinition<RandomAttributes> = {
  arity: 0,
  infer: (_, { shape }) => [{ shape, dtype: 'float32' }],
  gradient: noInputs,
}

/** The size of an axis as an int32 scalar, for the axes whose size is known only at run time. */
const dimSize: OpDefinition<AxisAttributes> = {
  arity: 1,
  infer([x], { axis }) {
    expectAxis(axis, x!)
    return [{ shape: [], dtype: 'int32' }]
  },
  gradient: nonDifferentiable('a size has no slope'),
}

export const source = { constant, iota, random, dimSize }
