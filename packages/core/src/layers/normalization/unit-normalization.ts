import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface UnitNormalizationOptions extends LayerOptions {
  /** The axis along which the norm is 1, or several. */
  readonly axis?: number | readonly number[]
}

/** Keeps squares of norms away from 0, as in Keras. */
const EPSILON = 1e-12

export class UnitNormalization extends Layer {
  static override readonly className = 'UnitNormalization'
  override readonly computesWithFloats = true
  override readonly supportsMasking = true
  readonly axis: number | readonly number[]

  constructor({ axis = -1, ...options }: UnitNormalizationOptions) {
    super(options)
    if (![axis].flat().every(Number.isInteger))
      throw new ConfigError(
        `${this.label}: expected axis to be a whole number or several. Received: ${JSON.stringify(axis)}.`,
      )
    this.axis = axis
  }

  // y = x / √Σ x²
  override call([x]: readonly Value[], b: Scope): Value {
    const squares = b.reduceSum(b.square(x!), [this.axis].flat() as number[], true)
    return b.div(x!, b.sqrt(b.max(squares, EPSILON)))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { axis: this.axis }
  }
}

/**
 * Vectors of length 1: y = x / √Σ x² along an axis, or along several.
 *
 * @throws ConfigError for an axis that is no whole number
 * @throws ShapeError for an axis that the input does not have
 * @example
 * const direction = layers.unitNormalization()(input({ shape: [64] }))
 */
export const unitNormalization = (options: UnitNormalizationOptions = {}): UnitNormalization =>
  new UnitNormalization(options)
