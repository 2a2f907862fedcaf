import type { Scope } from '../../functional/scope.ts'
import type { PoolAttributes } from '../../program/ops/window.ts'
import type { Value } from '../../program/types.ts'
import { LOWEST, Pooling, type PoolingOptions } from './pooling.ts'

export class MaxPooling2D extends Pooling {
  static override readonly className = 'MaxPooling2D'

  constructor(options: PoolingOptions) {
    super(2, options)
  }

  protected override readonly paddingValue = LOWEST

  protected override pool(x: Value, attrs: PoolAttributes, b: Scope): Value {
    return b.maxPool(x, attrs)
  }
}

/**
 * The greatest element of each window: [batch, height, width, channels] → [batch, height′, width′, channels].
 *
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const half = layers.maxPooling2d({ poolSize: 2 })(input({ shape: [28, 28, 8] })) // [null, 14, 14, 8]
 */
export const maxPooling2d = (options: PoolingOptions = {}): MaxPooling2D => new MaxPooling2D(options)
