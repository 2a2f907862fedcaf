import { SpatialDropout, type SpatialDropoutOptions } from './spatial-dropout.ts'

export class SpatialDropout2D extends SpatialDropout {
  static override readonly className = 'SpatialDropout2D'

  constructor(options: SpatialDropoutOptions) {
    super(2, options)
  }
}

/**
 * In training, sets whole channels of [batch, height, width, channels] to 0 and scales the
 * others by 1 / (1 − rate); else it does nothing.
 * (Tompson et al., "Efficient object localization using convolutional networks", 2014.)
 *
 * @throws ConfigError for a rate outside of [0, 1]
 * @throws ShapeError for an input of another rank
 * @example
 * const features = x.pipe(layers.conv2d({ filters: 8, kernelSize: 3 }), layers.spatialDropout2d({ rate: 0.2 }))
 */
export const spatialDropout2d = (options: SpatialDropoutOptions): SpatialDropout2D =>
  new SpatialDropout2D(options)
