import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface GaussianNoiseOptions extends LayerOptions {
  /** The deviation of the noise. */
  readonly stddev: number
}

export class GaussianNoise extends Layer {
  static override readonly className = 'GaussianNoise'
  override readonly supportsMasking = true
  readonly stddev: number

  constructor({ stddev, ...options }: GaussianNoiseOptions) {
    super(options)
    if (!(Number.isFinite(stddev) && stddev >= 0))
      throw new ConfigError(`${this.label}: expected stddev ≥ 0. Received: ${JSON.stringify(stddev)}.`)
    this.stddev = stddev
  }

  // y = x + σ n
  override call([x]: readonly Value[], b: Scope): Value {
    if (!b.training || this.stddev === 0) return x!
    return b.add(x!, b.mul(b.random(x!.shape, 'normal'), this.stddev))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { stddev: this.stddev, seed: null }
  }
}

/**
 * In training, adds normal noise of mean 0 to each element; else it does nothing.
 *
 * @throws ConfigError for a deviation below 0
 * @example
 * const noisy = layers.gaussianNoise({ stddev: 0.1 })(input({ shape: [64] }))
 */
export const gaussianNoise = (options: GaussianNoiseOptions): GaussianNoise => new GaussianNoise(options)
