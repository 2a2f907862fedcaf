import { ConvTranspose, type ConvTransposeOptions } from './conv-transpose.ts'

export class Conv2DTranspose extends ConvTranspose {
  static override readonly className = 'Conv2DTranspose'

  constructor(options: ConvTransposeOptions) {
    super(2, options)
  }
}

/**
 * The transpose of a convolution: each element spreads a window of weights over the output, larger by the strides.
 *
 * Takes [batch, height, width, channels], gives [batch, height′, width′, filters].
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or of open size
 * @example
 * const larger = layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' })(input({ shape: [14, 14, 8] })) // [null, 28, 28, 4]
 */
export const conv2dTranspose = (options: ConvTransposeOptions): Conv2DTranspose =>
  new Conv2DTranspose(options)
