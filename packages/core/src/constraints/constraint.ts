import type { Builder } from '../program/builder.ts'
import type { Value } from '../program/types.ts'
import type { Described } from '../saving/described.ts'

/** What a weight is brought back to after each update. */
export interface Constraint extends Described {
  apply(b: Builder, weight: Value): Value
}

/** Keeps a norm away from 0, as in Keras. */
const EPSILON = 1e-7

export interface NormOptions {
  /** The axes of one vector: 0 for the units of a dense kernel, [0, 1, 2] for the filters of a conv2d kernel. */
  readonly axis?: number | readonly number[]
}

/** √Σ w² along the axes, which stay with size 1. */
const norms = (b: Builder, weight: Value, axis: number | readonly number[]): Value =>
  b.sqrt(b.reduceSum(b.square(weight), [axis].flat(), true))

/** w · desired / (ε + ‖w‖) */
const scaled = (b: Builder, weight: Value, norm: Value, desired: Value): Value =>
  b.mul(weight, b.div(desired, b.add(norm, EPSILON)))

/** Vectors no longer than maxValue. */
export function maxNorm({
  maxValue = 2,
  axis = 0,
}: NormOptions & { readonly maxValue?: number } = {}): Constraint {
  return {
    className: 'MaxNorm',
    config: { maxValue, axis },
    apply(b, weight) {
      const norm = norms(b, weight, axis)
      return scaled(b, weight, norm, b.clip(norm, 0, maxValue))
    },
  }
}

export interface MinMaxNormOptions extends NormOptions {
  readonly minValue?: number
  readonly maxValue?: number
  /** How much of the way to the bounds one update goes. */
  readonly rate?: number
}

/** Vectors of a length from minValue to maxValue: ‖w‖ becomes rate · clip(‖w‖) + (1 − rate) · ‖w‖. */
export function minMaxNorm(options: MinMaxNormOptions = {}): Constraint {
  const { minValue = 0, maxValue = 1, rate = 1, axis = 0 } = options
  return {
    className: 'MinMaxNorm',
    config: { minValue, maxValue, rate, axis },
    apply(b, weight) {
      const norm = norms(b, weight, axis)
      const desired = b.add(b.mul(b.clip(norm, minValue, maxValue), rate), b.mul(norm, 1 - rate))
      return scaled(b, weight, norm, desired)
    },
  }
}

/** Elements that are not negative. */
export const nonNeg = (): Constraint => ({
  className: 'NonNeg',
  config: {},
  apply: (b, weight) => b.max(weight, 0),
})

/** Vectors of length 1. */
export const unitNorm = ({ axis = 0 }: NormOptions = {}): Constraint => ({
  className: 'UnitNorm',
  config: { axis },
  apply: (b, weight) => b.div(weight, b.add(norms(b, weight, axis), EPSILON)),
})
