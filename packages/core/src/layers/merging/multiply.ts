import type { LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { Merge } from './merge.ts'

export class Multiply extends Merge {
  static override readonly className = 'Multiply'

  protected override combine(x: Value, y: Value, b: Scope): Value {
    return b.mul(x, y)
  }
}

/**
 * The product of two or more tensors, element by element.
 *
 * @throws ShapeError where their shapes do not broadcast
 * @example
 * const gated = layers.multiply()([x, layers.dense({ units: 8, activation: 'sigmoid' })(x)])
 */
export const multiply = (options: LayerOptions = {}): Multiply => new Multiply(options)
