import { DepthwiseConv, type DepthwiseConvOptions } from './depthwise-conv.ts'

export class DepthwiseConv1D extends DepthwiseConv {
  static override readonly className = 'DepthwiseConv1D'

  constructor(options: DepthwiseConvOptions) {
    super(1, options)
  }
}

/**
 * A window of weights of its own slides over each channel of a sequence.
 *
 * Takes [batch, steps, channels], gives [batch, steps′, channels · depthMultiplier].
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const filtered = layers.depthwiseConv1d({ kernelSize: 3, padding: 'same' })(input({ shape: [100, 8] }))
 */
export const depthwiseConv1d = (options: DepthwiseConvOptions): DepthwiseConv1D =>
  new DepthwiseConv1D(options)
