import { ConfigError, ShapeError } from '../errors.ts'
import { formatShape } from '../program/dims.ts'
import type { TensorType } from '../program/types.ts'

/** @throws ShapeError `expected an input of rank 4. Received: [batch, 784].` */
export function expectRank({ shape }: TensorType, rank: number): void {
  if (shape.length !== rank)
    throw new ShapeError(`expected an input of rank ${rank}. Received: ${formatShape(shape)}.`)
}

export function expectMinRank({ shape }: TensorType, rank: number): void {
  if (shape.length < rank)
    throw new ShapeError(`expected an input of rank ≥ ${rank}. Received: ${formatShape(shape)}.`)
}

/** The size of an axis that weights depend on. @throws ShapeError where it is open */
export function fixedSize({ shape }: TensorType, axis: number): number {
  const dim = shape.at(axis)
  if (typeof dim !== 'number') {
    throw new ShapeError(`expected a fixed size along axis ${axis}. Received: ${formatShape(shape)}.`)
  }
  return dim
}

/** @throws ConfigError for anything but a whole number from 1 on */
export function expectPositive(label: string, option: string, ...values: readonly number[]): void {
  for (const value of values) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ConfigError(
        `${label}: expected ${option} to be a whole number ≥ 1. Received: ${JSON.stringify(value)}.`,
      )
    }
  }
}

/** A number for all spatial axes, or one for each. */
export function perAxis(
  label: string,
  option: string,
  value: number | readonly number[],
  rank: number,
): readonly number[] {
  const values = typeof value === 'number' ? new Array<number>(rank).fill(value) : value
  if (!Array.isArray(values) || values.length !== rank) {
    throw new ConfigError(
      `${label}: expected ${option} to be a number or ${rank} numbers. Received: ${JSON.stringify(value)}.`,
    )
  }
  expectPositive(label, option, ...values)
  return values
}

/** @throws ConfigError for a value that is none of the choices */
export function expectOneOf<T extends string>(
  label: string,
  option: string,
  value: T,
  choices: readonly T[],
): void {
  if (!choices.includes(value)) {
    throw new ConfigError(
      `${label}: expected ${option} to be one of ${choices.join(', ')}. Received: ${JSON.stringify(value)}.`,
    )
  }
}
