import type { Scope } from '../../functional/scope.ts'
import type { PoolAttributes } from '../../program/ops/window.ts'
import type { Value } from '../../program/types.ts'
import { Pooling, type PoolingOptions } from './pooling.ts'

export class AveragePooling2D extends Pooling {
  static override readonly className = 'AveragePooling2D'

  constructor(options: PoolingOptions) {
    super(2, options)
  }

  protected override pool(x: Value, attrs: PoolAttributes, b: Scope): Value {
    return b.avgPool(x, attrs)
  }
}

/**
 * The mean of each window, padding left out: [batch, height, width, channels] → [batch, height′, width′, channels].
 *
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const half = layers.averagePooling2d({ poolSize: 2 })(input({ shape: [28, 28, 8] })) // [null, 14, 14, 8]
 */
export const averagePooling2d = (options: PoolingOptions = {}): AveragePooling2D =>
  new AveragePooling2D(options)
