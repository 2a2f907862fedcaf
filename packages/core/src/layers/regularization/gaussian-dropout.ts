import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface GaussianDropoutOptions extends LayerOptions {
  /** The share that a dropout of the same variance would drop, in [0, 1). */
  readonly rate: number
}

export class GaussianDropout extends Layer {
  static override readonly className = 'GaussianDropout'
  override readonly supportsMasking = true
  readonly rate: number

  constructor({ rate, ...options }: GaussianDropoutOptions) {
    super(options)
    if (!(rate >= 0 && rate < 1))
      throw new ConfigError(`${this.label}: expected a rate in [0, 1). Received: ${JSON.stringify(rate)}.`)
    this.rate = rate
  }

  // y = x (1 + √(r / (1 − r)) n)
  override call([x]: readonly Value[], b: Scope): Value {
    if (!b.training || this.rate === 0) return x!
    const deviation = Math.sqrt(this.rate / (1 - this.rate))
    return b.mul(x!, b.add(b.mul(b.random(x!.shape, 'normal'), deviation), 1))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { rate: this.rate, seed: null }
  }
}

/**
 * In training, multiplies each element by normal noise of mean 1; else it does nothing. (Srivastava et al., 2014.)
 *
 * @throws ConfigError for a rate outside of [0, 1)
 * @example
 * const noisy = layers.gaussianDropout({ rate: 0.2 })(input({ shape: [64] }))
 */
export const gaussianDropout = (options: GaussianDropoutOptions): GaussianDropout =>
  new GaussianDropout(options)
