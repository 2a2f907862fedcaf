import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.ts'

export class GlobalMaxPooling2D extends GlobalPooling {
  static override readonly className = 'GlobalMaxPooling2D'

  constructor(options: GlobalPoolingOptions) {
    super(2, options)
  }

  protected override pool(x: Value, axes: readonly number[], b: Scope): Value {
    return b.reduceMax(x, axes, this.keepdims)
  }
}

/**
 * The greatest element of each channel: [batch, height, width, channels] → [batch, channels].
 *
 * @throws ShapeError for an input of another rank
 * @example
 * const features = layers.globalMaxPooling2d()(input({ shape: [7, 7, 64] })) // [null, 64]
 */
export const globalMaxPooling2d = (options: GlobalPoolingOptions = {}): GlobalMaxPooling2D =>
  new GlobalMaxPooling2D(options)
