import type { LayerOptions, Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { Merge } from './merge.ts'

export class Average extends Merge {
  static override readonly className = 'Average'

  protected override combine(x: Value, y: Value, b: Scope): Value {
    return b.add(x, y)
  }

  override call(inputs: readonly Value[], b: Scope, masks: readonly Mask[]): Value {
    return b.div(b.cast(super.call(inputs, b, masks), 'float32'), inputs.length)
  }
}

/**
 * The mean of two or more tensors, element by element.
 *
 * @throws ShapeError where their shapes do not broadcast
 * @example
 * const ensemble = layers.average()([first(x), second(x), third(x)])
 */
export const average = (options: LayerOptions = {}): Average => new Average(options)
