import { UpSampling, type UpSamplingOptions } from './up-sampling.ts'

export class UpSampling1D extends UpSampling {
  static override readonly className = 'UpSampling1D'

  constructor(options: UpSamplingOptions) {
    super(1, options)
  }

  override config(): Readonly<Record<string, unknown>> {
    // The class of Keras takes a number here, and no data_format.
    return { size: this.size[0] }
  }
}

/**
 * Repeats each step: [batch, steps, channels] → [batch, steps′, channels].
 *
 * @throws ConfigError for sizes that are no whole numbers from 1 on
 * @throws ShapeError for an input of another rank
 * @example
 * const larger = layers.upSampling1d({ size: 2 })(input({ shape: [100, 8] })) // [null, 200, 8]
 */
export const upSampling1d = (options: UpSamplingOptions = {}): UpSampling1D => new UpSampling1D(options)
