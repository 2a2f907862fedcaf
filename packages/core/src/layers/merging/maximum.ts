import type { LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { Merge } from './merge.ts'

export class Maximum extends Merge {
  static override readonly className = 'Maximum'
  protected override readonly skipsMasked = true

  protected override combine(x: Value, y: Value, b: Scope): Value {
    return b.max(x, y)
  }
}

/**
 * The greatest of two or more tensors, element by element.
 *
 * @throws ShapeError where their shapes do not broadcast
 * @example
 * const loudest = layers.maximum()([left, right])
 */
export const maximum = (options: LayerOptions = {}): Maximum => new Maximum(options)
