import { Conv, type ConvOptions } from './conv.ts'

export class Conv2D extends Conv {
  static override readonly className = 'Conv2D'

  constructor(options: ConvOptions) {
    super(2, options)
  }
}

/**
 * A window of weights slides over an image: y = activation(x ∗ kernel + bias).
 *
 * Takes [batch, height, width, channels], gives [batch, height′, width′, filters].
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const features = layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' })(input({ shape: [28, 28, 1] }))
 */
export const conv2d = (options: ConvOptions): Conv2D => new Conv2D(options)
