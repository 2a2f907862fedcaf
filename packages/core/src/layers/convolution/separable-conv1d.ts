import { SeparableConv, type SeparableConvOptions } from './separable-conv.ts'

export class SeparableConv1D extends SeparableConv {
  static override readonly className = 'SeparableConv1D'

  constructor(options: SeparableConvOptions) {
    super(1, options)
  }
}

/**
 * A window over each channel of a sequence by itself, and then a mixture of the channels at each place.
 *
 * Takes [batch, steps, channels], gives [batch, steps′, filters].
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const features = layers.separableConv1d({ filters: 16, kernelSize: 3 })(input({ shape: [100, 8] }))
 */
export const separableConv1d = (options: SeparableConvOptions): SeparableConv1D =>
  new SeparableConv1D(options)
