import type { LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { Merge } from './merge.ts'

export class Subtract extends Merge {
  static override readonly className = 'Subtract'
  override readonly arity = 2

  protected override combine(x: Value, y: Value, b: Scope): Value {
    return b.sub(x, y)
  }
}

/**
 * The first of two tensors less the second, element by element.
 *
 * @throws ShapeError for any other number of tensors, or where their shapes do not broadcast
 * @example
 * const error = layers.subtract()([estimate, target])
 */
export const subtract = (options: LayerOptions = {}): Subtract => new Subtract(options)
