import type { LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { Merge } from './merge.ts'

export class Add extends Merge {
  static override readonly className = 'Add'

  protected override combine(x: Value, y: Value, b: Scope): Value {
    return b.add(x, y)
  }
}

/**
 * The sum of two or more tensors, element by element.
 *
 * @throws ShapeError where their shapes do not broadcast
 * @example
 * const residual = layers.add()([x, layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' })(x)])
 */
export const add = (options: LayerOptions = {}): Add => new Add(options)
