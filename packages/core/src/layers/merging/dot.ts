import { ConfigError, ShapeError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import { normalizeAxis } from '../../program/builder.ts'
import { formatShape } from '../../program/dims.ts'
import type { Value } from '../../program/types.ts'
import { expectMinRank } from '../expect.ts'

export interface DotOptions extends LayerOptions {
  /** The axis that is summed over: one for both tensors, or one for each. Axis 0, that of the batch, is none. */
  readonly axes: number | readonly [number, number]
  /** Whether both are first divided by their lengths along these axes, so that the products are cosines. */
  readonly normalize?: boolean
}

const SHORTEST = 1e-7

export class Dot extends Layer {
  static override readonly className = 'Dot'
  override readonly arity = 2
  readonly axes: number | readonly [number, number]
  readonly normalize: boolean

  constructor({ axes, normalize = false, ...options }: DotOptions) {
    super(options)
    const pair = pairOf(axes)
    if (pair.length !== 2 || pair.some((axis) => !Number.isInteger(axis) || axis === 0)) {
      throw new ConfigError(
        `${this.label}: expected axes to be a whole number or two, none of them 0. Received: ${JSON.stringify(axes)}.`,
      )
    }
    this.axes = axes
    this.normalize = normalize
  }

  // z[n, …i, …j] = Σₖ x[n, …i, k] · y[n, k, …j], and a number in a row of its own where no axis is left
  override call([x, y]: readonly Value[], b: Scope): Value {
    const [i, j] = pairOf(this.axes)
    const [left, right] = [this.#axisOf(x!, i!), this.#axisOf(y!, j!)]
    const product = b.dot(this.#scaled(x!, left, b), this.#scaled(y!, right, b), {
      contract: [[left], [right]],
      batch: [[0], [0]],
    })
    return product.shape.length === 1 ? b.reshape(product, [product.shape[0]!, 1]) : product
  }

  #axisOf(x: Value, axis: number): number {
    expectMinRank(x, 2)
    const at = normalizeAxis(axis, x.shape.length)
    if (at === 0) {
      throw new ShapeError(
        `expected axes other than that of the batch. Received: ${axis} for ${formatShape(x.shape)}.`,
      )
    }
    return at
  }

  // x / max(‖x‖, ε); the bound stands under the root, whose slope at 0 is infinite
  #scaled(x: Value, axis: number, b: Scope): Value {
    if (!this.normalize) return x
    return b.div(x, b.sqrt(b.max(b.reduceSum(b.square(x), [axis], true), SHORTEST ** 2)))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { axes: this.axes, normalize: this.normalize }
  }
}

const pairOf = (axes: number | readonly number[]): readonly number[] =>
  typeof axes === 'number' ? [axes, axes] : Array.isArray(axes) ? axes : []

/**
 * The product of two batches of tensors, sample by sample, summed over an axis of each: with axes [2, 1],
 * [batch, m, k] and [batch, k, n] give [batch, m, n]. With axes 1 two batches of vectors give [batch, 1].
 *
 * @throws ConfigError for axes that are no whole numbers, or 0
 * @throws ShapeError for inputs of rank < 2, or of different sizes along these axes
 * @example
 * const likeness = layers.dot({ axes: 1, normalize: true })([left, right]) // [null, 1]
 */
export const dot = (options: DotOptions): Dot => new Dot(options)
