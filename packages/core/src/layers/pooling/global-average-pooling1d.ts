import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.ts'

export class GlobalAveragePooling1D extends GlobalPooling {
  static override readonly className = 'GlobalAveragePooling1D'

  constructor(options: GlobalPoolingOptions) {
    super(1, options)
  }

  protected override pool(x: Value, axes: readonly number[], b: Scope): Value {
    return b.mean(x, axes, this.keepdims)
  }
}

/**
 * The mean of each channel: [batch, steps, channels] → [batch, channels].
 *
 * @throws ShapeError for an input of another rank
 * @example
 * const features = layers.globalAveragePooling1d()(input({ shape: [24, 64] })) // [null, 64]
 */
export const globalAveragePooling1d = (options: GlobalPoolingOptions = {}): GlobalAveragePooling1D =>
  new GlobalAveragePooling1D(options)
