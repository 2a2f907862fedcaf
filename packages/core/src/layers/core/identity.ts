import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Value } from '../../program/types.ts'

export class Identity extends Layer {
  static override readonly className = 'Identity'
  override readonly supportsMasking = true

  override call([x]: readonly Value[]): Value {
    return x!
  }
}

/**
 * y = x: a place in a graph that has a name.
 *
 * @example
 * const embedding = layers.identity({ name: 'embedding' })(hidden)
 */
export const identity = (options: LayerOptions = {}): Identity => new Identity(options)
