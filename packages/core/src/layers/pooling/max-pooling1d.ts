import type { Scope } from '../../functional/scope.ts'
import type { PoolAttributes } from '../../program/ops/window.ts'
import type { Value } from '../../program/types.ts'
import { LOWEST, Pooling, type PoolingOptions } from './pooling.ts'

export class MaxPooling1D extends Pooling {
  static override readonly className = 'MaxPooling1D'

  constructor(options: PoolingOptions) {
    super(1, options)
  }

  protected override readonly paddingValue = LOWEST

  protected override pool(x: Value, attrs: PoolAttributes, b: Scope): Value {
    return b.maxPool(x, attrs)
  }
}

/**
 * The greatest element of each window: [batch, steps, channels] → [batch, steps′, channels].
 *
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const half = layers.maxPooling1d({ poolSize: 2 })(input({ shape: [24, 8] })) // [null, 12, 8]
 */
export const maxPooling1d = (options: PoolingOptions = {}): MaxPooling1D => new MaxPooling1D(options)
