import { Conv, type ConvOptions } from './conv.ts'

export class Conv3D extends Conv {
  static override readonly className = 'Conv3D'

  constructor(options: ConvOptions) {
    super(3, options)
  }
}

/**
 * A window of weights slides over a volume, or over the frames of a film: y = activation(x ∗ kernel + bias).
 *
 * Takes [batch, depth, height, width, channels], gives [batch, depth′, height′, width′, filters].
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const motion = layers.conv3d({ filters: 8, kernelSize: 3 })(input({ shape: [16, 32, 32, 3] }))
 */
export const conv3d = (options: ConvOptions): Conv3D => new Conv3D(options)
