import { ZeroPadding, type ZeroPaddingOptions } from './zero-padding.ts'

export class ZeroPadding2D extends ZeroPadding {
  static override readonly className = 'ZeroPadding2D'

  constructor(options: ZeroPaddingOptions) {
    super(2, options)
  }
}

/**
 * Zeros around the places: [batch, height, width, channels] → [batch, height′, width′, channels].
 *
 * @throws ConfigError for amounts that are no whole numbers from 0 on
 * @throws ShapeError for an input of another rank, or of open size
 * @example
 * const framed = layers.zeroPadding2d({ padding: 1 })(input({ shape: [28, 28, 8] })) // [null, 30, 30, 8]
 */
export const zeroPadding2d = (options: ZeroPaddingOptions = {}): ZeroPadding2D => new ZeroPadding2D(options)
