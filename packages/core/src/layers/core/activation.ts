import {
  type Activation as ActivationFunction,
  type ActivationLike,
  activationName,
  activationOf,
} from '../../activations/index.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface ActivationOptions extends LayerOptions {
  readonly activation: ActivationLike
}

export class Activation extends Layer {
  static override readonly className = 'Activation'
  override readonly supportsMasking = true
  readonly activation: ActivationFunction

  constructor({ activation, ...options }: ActivationOptions) {
    super(options)
    this.activation = activationOf(activation)
  }

  override call([x]: readonly Value[], b: Scope): Value {
    return this.activation(b, x!)
  }

  override config(): Readonly<Record<string, unknown>> {
    return { activation: activationName(this.activation) }
  }
}

/**
 * y = activation(x), of the same shape.
 *
 * @throws ConfigError for a name that no activation has
 * @example
 * const probabilities = layers.activation({ activation: 'softmax' })(logits)
 */
export const activation = (options: ActivationOptions): Activation => new Activation(options)
