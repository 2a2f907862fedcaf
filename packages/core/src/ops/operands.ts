import type { HostArray } from '../backend.ts'
import { ShapeError } from '../errors.ts'
import type { Argument } from '../functional/operation.ts'
import type { Builder } from '../program/builder.ts'
import { formatShape } from '../program/dims.ts'
import type { DType, Value } from '../program/types.ts'

type Given = Argument<Value> | undefined

const isObject = (argument: unknown): argument is object => typeof argument === 'object' && argument !== null

export const isHostArray = (argument: unknown): argument is HostArray =>
  isObject(argument) && 'data' in argument

export const isValue = (argument: unknown): argument is Value => isObject(argument) && 'id' in argument

/** An argument as it stands in messages. */
export function formatArgument(argument: unknown): string {
  if (isValue(argument) || isHostArray(argument)) return `${argument.dtype}${formatShape(argument.shape)}`
  return JSON.stringify(argument) ?? String(argument)
}

/** @throws ShapeError for what is no tensor */
export function tensor(argument: Given): Value {
  if (isValue(argument)) return argument
  throw new ShapeError(`expected a tensor. Received: ${formatArgument(argument)}.`)
}

/** @throws ShapeError for what is no list, or an empty one */
export function list(argument: Given): readonly Argument<Value>[] {
  if (Array.isArray(argument) && argument.length > 0) return argument
  throw new ShapeError(`expected a list of tensors. Received: ${formatArgument(argument)}.`)
}

/** Each holds all those before it. */
export const DTYPES: readonly DType[] = ['bool', 'int32', 'float32']

/** The dtype of a setting. @throws ShapeError for one that there is not */
export function known(dtype: DType): DType {
  if (DTYPES.includes(dtype)) return dtype
  throw new ShapeError(`expected a dtype, ${DTYPES.join(', ')}. Received: ${JSON.stringify(dtype)}.`)
}

function dtypeOf(operand: Given): DType {
  if (typeof operand === 'number') return Number.isInteger(operand) ? 'int32' : 'float32'
  if (isValue(operand) || isHostArray(operand)) return operand.dtype
  throw new ShapeError(`expected a tensor or a number. Received: ${formatArgument(operand)}.`)
}

/**
 * Tensors, arrays and numbers as values of one dtype: the least that holds them all, and `least`.
 *
 * @throws ShapeError for anything else
 */
export function operands(b: Builder, args: readonly Given[], least: DType): readonly Value[] {
  const dtypes = [least, ...args.map(dtypeOf)]
  const dtype = DTYPES.findLast((candidate) => dtypes.includes(candidate))!
  return args.map((operand) => {
    if (typeof operand === 'number') return b.scalar(operand, dtype)
    const value = isHostArray(operand)
      ? b.constant(operand.data, operand.shape, operand.dtype)
      : tensor(operand)
    return b.cast(value, dtype)
  })
}

/** A tensor as a value of a dtype that holds `least`. */
export const operand = (b: Builder, argument: Given, least: DType): Value =>
  operands(b, [tensor(argument)], least)[0]!
