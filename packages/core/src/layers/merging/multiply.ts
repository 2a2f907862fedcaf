import type { LayerOptions, Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { Merge } from './merge.ts'

export class Multiply extends Merge {
  static override readonly className = 'Multiply'

  /** Steps that a mask leaves out count as 1, and are 0 where none counts. */
  override call(inputs: readonly Value[], b: Scope, masks: readonly Mask[]): Value {
    const wide = (mask: Value, x: Value): Value =>
      b.reshape(mask, [...mask.shape, ...x.shape.slice(mask.shape.length).map(() => 1)])
    const product = super.call(
      inputs.map((x, at) => (masks[at] ? b.select(wide(masks[at], x), x, b.scalar(1)) : x)),
      b,
      masks,
    )
    const any = this.computeMask(inputs, masks, b)
    return any ? b.select(wide(any, product), product, b.scalar(0)) : product
  }

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
