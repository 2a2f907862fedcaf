import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.ts'

export class GlobalMaxPooling1D extends GlobalPooling {
  static override readonly className = 'GlobalMaxPooling1D'

  constructor(options: GlobalPoolingOptions) {
    super(1, options)
  }

  protected override pool(x: Value, axes: readonly number[], b: Scope): Value {
    return b.reduceMax(x, axes, this.keepdims)
  }
}

/**
 * The greatest element of each channel: [batch, steps, channels] → [batch, channels].
 *
 * @throws ShapeError for an input of another rank
 * @example
 * const features = layers.globalMaxPooling1d()(input({ shape: [24, 64] })) // [null, 64]
 */
export const globalMaxPooling1d = (options: GlobalPoolingOptions = {}): GlobalMaxPooling1D =>
  new GlobalMaxPooling1D(options)
