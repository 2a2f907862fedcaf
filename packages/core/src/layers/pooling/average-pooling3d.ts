import type { Scope } from '../../functional/scope.ts'
import type { PoolAttributes } from '../../program/ops/window.ts'
import type { Value } from '../../program/types.ts'
import { Pooling, type PoolingOptions } from './pooling.ts'

export class AveragePooling3D extends Pooling {
  static override readonly className = 'AveragePooling3D'

  constructor(options: PoolingOptions) {
    super(3, options)
  }

  protected override pool(x: Value, attrs: PoolAttributes, b: Scope): Value {
    return b.avgPool(x, attrs)
  }
}

/**
 * The mean of each window, padding left out:
 * [batch, depth, height, width, channels] → [batch, depth′, height′, width′, channels].
 *
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const half = layers.averagePooling3d({ poolSize: 2 })(input({ shape: [16, 32, 32, 8] })) // [null, 8, 16, 16, 8]
 */
export const averagePooling3d = (options: PoolingOptions = {}): AveragePooling3D =>
  new AveragePooling3D(options)
