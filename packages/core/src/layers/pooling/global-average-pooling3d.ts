import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.ts'

export class GlobalAveragePooling3D extends GlobalPooling {
  static override readonly className = 'GlobalAveragePooling3D'

  constructor(options: GlobalPoolingOptions) {
    super(3, options)
  }

  protected override pool(x: Value, axes: readonly number[], b: Scope): Value {
    return b.mean(x, axes, this.keepdims)
  }
}

/**
 * The mean of each channel: [batch, depth, height, width, channels] → [batch, channels].
 *
 * @throws ShapeError for an input of another rank
 * @example
 * const features = layers.globalAveragePooling3d()(input({ shape: [4, 7, 7, 64] })) // [null, 64]
 */
export const globalAveragePooling3d = (options: GlobalPoolingOptions = {}): GlobalAveragePooling3D =>
  new GlobalAveragePooling3D(options)
