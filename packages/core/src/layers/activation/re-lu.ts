import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface ReluOptions extends LayerOptions {
  /** The greatest value that comes out; null or Infinity for none. */
  readonly maxValue?: number | null
  /** The slope below the threshold. */
  readonly negativeSlope?: number
  /** From here on values pass. */
  readonly threshold?: number
}

export class ReLU extends Layer {
  static override readonly className = 'ReLU'
  override readonly supportsMasking = true
  readonly maxValue: number | null
  readonly negativeSlope: number
  readonly threshold: number

  constructor({ maxValue = null, negativeSlope = 0, threshold = 0, ...options }: ReluOptions) {
    super(options)
    // Infinity is no bound, as null is; files of Keras have both.
    const isBounded = maxValue !== null && maxValue !== Number.POSITIVE_INFINITY
    const given = { maxValue: isBounded ? maxValue : 0, negativeSlope, threshold }
    for (const [option, value] of Object.entries(given)) {
      if (!(Number.isFinite(value) && value >= 0))
        throw new ConfigError(`${this.label}: expected ${option} ≥ 0. Received: ${JSON.stringify(value)}.`)
    }
    this.maxValue = isBounded ? maxValue : null
    this.negativeSlope = negativeSlope
    this.threshold = threshold
  }

  // min(x, m) where x > t, else s (x − t)
  override call([x]: readonly Value[], b: Scope): Value {
    const { maxValue, negativeSlope, threshold } = this
    const above = threshold === 0 ? b.relu(x!) : b.select(b.less(threshold, x!), x!, b.scalar(0))
    const bounded = maxValue === null ? above : b.min(above, maxValue)
    if (negativeSlope === 0) return bounded
    return b.sub(bounded, b.mul(b.relu(b.sub(threshold, x!)), negativeSlope))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { maxValue: this.maxValue, negativeSlope: this.negativeSlope, threshold: this.threshold }
  }
}

/**
 * max(x, 0), with a greatest value, a slope below and a threshold if asked.
 *
 * @throws ConfigError for options below 0
 * @example
 * const bounded = layers.reLU({ maxValue: 6 })(input({ shape: [28, 28, 8] }))
 */
export const reLU = (options: ReluOptions = {}): ReLU => new ReLU(options)
