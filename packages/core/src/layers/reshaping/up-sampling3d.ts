import { UpSampling, type UpSamplingOptions } from './up-sampling.ts'

export class UpSampling3D extends UpSampling {
  static override readonly className = 'UpSampling3D'

  constructor(options: UpSamplingOptions) {
    super(3, options)
  }
}

/**
 * Repeats each element along each spatial axis: [batch, depth, height, width, channels] → [batch, depth′, height′, width′, channels].
 *
 * @throws ConfigError for sizes that are no whole numbers from 1 on
 * @throws ShapeError for an input of another rank
 * @example
 * const larger = layers.upSampling3d({ size: 2 })(input({ shape: [8, 28, 28, 4] })) // [null, 16, 56, 56, 4]
 */
export const upSampling3d = (options: UpSamplingOptions = {}): UpSampling3D => new UpSampling3D(options)
