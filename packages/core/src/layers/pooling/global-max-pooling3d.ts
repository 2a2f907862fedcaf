import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.ts'

export class GlobalMaxPooling3D extends GlobalPooling {
  static override readonly className = 'GlobalMaxPooling3D'

  constructor(options: GlobalPoolingOptions) {
    super(3, options)
  }

  protected override pool(x: Value, axes: readonly number[], b: Scope): Value {
    return b.reduceMax(x, axes, this.keepdims)
  }
}

/**
 * The greatest element of each channel: [batch, depth, height, width, channels] → [batch, channels].
 *
 * @throws ShapeError for an input of another rank
 * @example
 * const features = layers.globalMaxPooling3d()(input({ shape: [4, 7, 7, 64] })) // [null, 64]
 */
export const globalMaxPooling3d = (options: GlobalPoolingOptions = {}): GlobalMaxPooling3D =>
  new GlobalMaxPooling3D(options)
