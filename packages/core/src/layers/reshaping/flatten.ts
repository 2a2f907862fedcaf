import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import { productOf } from '../../program/dims.ts'
import type { Value } from '../../program/types.ts'

export class Flatten extends Layer {
  static override readonly className = 'Flatten'

  override call([x]: readonly Value[], b: Scope): Value {
    const [batch, ...sample] = x!.shape
    return b.reshape(x!, [batch!, productOf(sample)])
  }
}

/**
 * Each sample as one row: [batch, a, b, …] becomes [batch, a·b·…].
 *
 * @example
 * const row = layers.flatten()(input({ shape: [28, 28, 1] })) // [null, 784]
 */
export const flatten = (options: LayerOptions = {}): Flatten => new Flatten(options)
