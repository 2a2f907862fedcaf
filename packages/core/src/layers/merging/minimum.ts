import type { LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { Merge } from './merge.ts'

export class Minimum extends Merge {
  static override readonly className = 'Minimum'
  protected override readonly skipsMasked = true

  protected override combine(x: Value, y: Value, b: Scope): Value {
    return b.min(x, y)
  }
}

/**
 * The smallest of two or more tensors, element by element.
 *
 * @throws ShapeError where their shapes do not broadcast
 * @example
 * const nearest = layers.minimum()([left, right])
 */
export const minimum = (options: LayerOptions = {}): Minimum => new Minimum(options)
