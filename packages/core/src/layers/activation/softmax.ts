import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import { normalizeAxis } from '../../program/builder.ts'
import type { Value } from '../../program/types.ts'

export interface SoftmaxOptions extends LayerOptions {
  /** The axis along which the sum is 1. */
  readonly axis?: number
}

export class Softmax extends Layer {
  static override readonly className = 'Softmax'
  override readonly supportsMasking = true
  readonly axis: number

  constructor({ axis = -1, ...options }: SoftmaxOptions) {
    super(options)
    if (!Number.isInteger(axis))
      throw new ConfigError(
        `${this.label}: expected axis to be a whole number. Received: ${JSON.stringify(axis)}.`,
      )
    this.axis = axis
  }

  override call([x]: readonly Value[], b: Scope): Value {
    const rank = x!.shape.length
    const axis = normalizeAxis(this.axis, rank)
    // The axis changes places with the last one: the way back is the same.
    const order = x!.shape.map((_, at) => (at === axis ? rank - 1 : at === rank - 1 ? axis : at))
    return b.transpose(b.softmax(b.transpose(x!, order)), order)
  }

  override config(): Readonly<Record<string, unknown>> {
    return { axis: this.axis }
  }
}

/**
 * exp(x) / Σ exp(x) along an axis: numbers as probabilities, of the same shape.
 *
 * @throws ConfigError for an axis that is no whole number
 * @throws ShapeError for an axis that the input does not have
 * @example
 * const probabilities = layers.softmax()(input({ shape: [10] }))
 */
export const softmax = (options: SoftmaxOptions = {}): Softmax => new Softmax(options)
