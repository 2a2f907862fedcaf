import { ZeroPadding, type ZeroPaddingOptions } from './zero-padding.ts'

export class ZeroPadding3D extends ZeroPadding {
  static override readonly className = 'ZeroPadding3D'

  constructor(options: ZeroPaddingOptions) {
    super(3, options)
  }
}

/**
 * Zeros around the places: [batch, depth, height, width, channels] → [batch, depth′, height′, width′, channels].
 *
 * @throws ConfigError for amounts that are no whole numbers from 0 on
 * @throws ShapeError for an input of another rank, or of open size
 * @example
 * const framed = layers.zeroPadding3d({ padding: 1 })(input({ shape: [8, 28, 28, 4] })) // [null, 10, 30, 30, 4]
 */
export const zeroPadding3d = (options: ZeroPaddingOptions = {}): ZeroPadding3D => new ZeroPadding3D(options)
