import type { Scope } from '../../functional/scope.ts'
import type { PoolAttributes } from '../../program/ops/window.ts'
import type { Value } from '../../program/types.ts'
import { LOWEST, Pooling, type PoolingOptions } from './pooling.ts'

export class MaxPooling3D extends Pooling {
  static override readonly className = 'MaxPooling3D'

  constructor(options: PoolingOptions) {
    super(3, options)
  }

  protected override readonly paddingValue = LOWEST

  protected override pool(x: Value, attrs: PoolAttributes, b: Scope): Value {
    return b.maxPool(x, attrs)
  }
}

/**
 * The greatest element of each window:
 * [batch, depth, height, width, channels] → [batch, depth′, height′, width′, channels].
 *
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const half = layers.maxPooling3d({ poolSize: 2 })(input({ shape: [16, 32, 32, 8] })) // [null, 8, 16, 16, 8]
 */
export const maxPooling3d = (options: PoolingOptions = {}): MaxPooling3D => new MaxPooling3D(options)
