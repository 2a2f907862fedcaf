import { ZeroPadding, type ZeroPaddingOptions } from './zero-padding.ts'

export class ZeroPadding1D extends ZeroPadding {
  static override readonly className = 'ZeroPadding1D'

  constructor(options: ZeroPaddingOptions) {
    super(1, options)
  }
}

/**
 * Zeros around the steps: [batch, steps, channels] → [batch, steps′, channels].
 *
 * @throws ConfigError for amounts that are no whole numbers from 0 on
 * @throws ShapeError for an input of another rank, or of open size
 * @example
 * const framed = layers.zeroPadding1d({ padding: 1 })(input({ shape: [100, 8] })) // [null, 102, 8]
 */
export const zeroPadding1d = (options: ZeroPaddingOptions = {}): ZeroPadding1D => new ZeroPadding1D(options)
