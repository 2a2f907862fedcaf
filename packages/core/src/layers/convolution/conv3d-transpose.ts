import { ConvTranspose, type ConvTransposeOptions } from './conv-transpose.ts'

export class Conv3DTranspose extends ConvTranspose {
  static override readonly className = 'Conv3DTranspose'

  constructor(options: ConvTransposeOptions) {
    super(3, options)
  }
}

/**
 * The transpose of a convolution: each element spreads a window of weights over the output, larger by the strides.
 *
 * Takes [batch, depth, height, width, channels], gives [batch, depth′, height′, width′, filters].
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or of open size
 * @example
 * const larger = layers.conv3dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' })(input({ shape: [4, 14, 14, 8] })) // [null, 8, 28, 28, 4]
 */
export const conv3dTranspose = (options: ConvTransposeOptions): Conv3DTranspose =>
  new Conv3DTranspose(options)
