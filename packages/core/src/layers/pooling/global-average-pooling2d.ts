import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.ts'

export class GlobalAveragePooling2D extends GlobalPooling {
  static override readonly className = 'GlobalAveragePooling2D'

  constructor(options: GlobalPoolingOptions) {
    super(2, options)
  }

  protected override pool(x: Value, axes: readonly number[], b: Scope): Value {
    return b.mean(x, axes, this.keepdims)
  }
}

/**
 * The mean of each channel: [batch, height, width, channels] → [batch, channels].
 *
 * @throws ShapeError for an input of another rank
 * @example
 * const features = layers.globalAveragePooling2d()(input({ shape: [7, 7, 64] })) // [null, 64]
 */
export const globalAveragePooling2d = (options: GlobalPoolingOptions = {}): GlobalAveragePooling2D =>
  new GlobalAveragePooling2D(options)
