import { ConvTranspose, type ConvTransposeOptions } from './conv-transpose.ts'

export class Conv1DTranspose extends ConvTranspose {
  static override readonly className = 'Conv1DTranspose'

  constructor(options: ConvTransposeOptions) {
    super(1, options)
  }
}

/**
 * The transpose of a convolution: each element spreads a window of weights over the output, larger by the strides.
 *
 * Takes [batch, steps, channels], gives [batch, steps′, filters].
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or of open size
 * @example
 * const larger = layers.conv1dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' })(input({ shape: [50, 8] })) // [null, 100, 4]
 */
export const conv1dTranspose = (options: ConvTransposeOptions): Conv1DTranspose =>
  new Conv1DTranspose(options)
