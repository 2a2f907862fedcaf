import { ConfigError, ShapeError } from '../../errors.ts'
import { Layer, type LayerOptions, type Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import { normalizeAxis } from '../../program/builder.ts'
import { broadcastShapes, formatShape, sameShape } from '../../program/dims.ts'
import type { Value } from '../../program/types.ts'

export interface SoftmaxOptions extends LayerOptions {
  /** The axis along which the sum is 1. */
  readonly axis?: number
}

/** The score of masked positions, as in Keras. */
const MASKED = -1e9

export class Softmax extends Layer {
  static override readonly className = 'Softmax'
  override readonly supportsMasking = true
  override readonly callArguments = ['inputs', 'mask']
  readonly axis: number

  constructor({ axis = -1, ...options }: SoftmaxOptions) {
    super(options)
    if (!Number.isInteger(axis))
      throw new ConfigError(
        `${this.label}: expected axis to be a whole number. Received: ${JSON.stringify(axis)}.`,
      )
    this.axis = axis
  }

  override call([x]: readonly Value[], b: Scope, [mask]: readonly Mask[]): Value {
    if (mask !== undefined) return this.#masked(x!, mask, b)
    return this.#softmax(x!, b)
  }

  /** What the mask leaves out is 0, also where it leaves out everything. */
  #masked(x: Value, mask: Value, b: Scope): Value {
    const shape = broadcastShapes(x.shape, mask.shape)
    if (!sameShape(shape, x.shape))
      throw new ShapeError(
        `expected a mask that broadcasts to ${formatShape(x.shape)}. Received: ${formatShape(mask.shape)}.`,
      )
    const counts = b.broadcast(mask, x.shape)
    return b.select(counts, this.#softmax(b.select(counts, x, b.scalar(MASKED)), b), b.scalar(0))
  }

  #softmax(x: Value, b: Scope): Value {
    const rank = x.shape.length
    const axis = normalizeAxis(this.axis, rank)
    // The axis changes places with the last one: the way back is the same.
    const order = x.shape.map((_, at) => (at === axis ? rank - 1 : at === rank - 1 ? axis : at))
    return b.transpose(b.softmax(b.transpose(x, order)), order)
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
