import { DepthwiseConv, type DepthwiseConvOptions } from './depthwise-conv.ts'

export class DepthwiseConv2D extends DepthwiseConv {
  static override readonly className = 'DepthwiseConv2D'

  constructor(options: DepthwiseConvOptions) {
    super(2, options)
  }
}

/**
 * A window of weights of its own slides over each channel of an image.
 *
 * Takes [batch, height, width, channels], gives [batch, height′, width′, channels · depthMultiplier].
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const filtered = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' })(input({ shape: [28, 28, 8] }))
 */
export const depthwiseConv2d = (options: DepthwiseConvOptions): DepthwiseConv2D =>
  new DepthwiseConv2D(options)
