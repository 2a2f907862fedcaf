import { SeparableConv, type SeparableConvOptions } from './separable-conv.ts'

export class SeparableConv2D extends SeparableConv {
  static override readonly className = 'SeparableConv2D'

  constructor(options: SeparableConvOptions) {
    super(2, options)
  }
}

/**
 * A window over each channel of an image by itself, and then a mixture of the channels at each place.
 *
 * Takes [batch, height, width, channels], gives [batch, height′, width′, filters].
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const features = layers.separableConv2d({ filters: 16, kernelSize: 3 })(input({ shape: [28, 28, 8] }))
 */
export const separableConv2d = (options: SeparableConvOptions): SeparableConv2D =>
  new SeparableConv2D(options)
