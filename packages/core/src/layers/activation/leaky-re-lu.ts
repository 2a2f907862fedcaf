import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface LeakyReluOptions extends LayerOptions {
  /** The slope below 0. */
  readonly negativeSlope?: number
}

export class LeakyReLU extends Layer {
  static override readonly className = 'LeakyReLU'
  override readonly supportsMasking = true
  readonly negativeSlope: number

  constructor({ negativeSlope = 0.3, ...options }: LeakyReluOptions) {
    super(options)
    if (!Number.isFinite(negativeSlope))
      throw new ConfigError(
        `${this.label}: expected negativeSlope to be a number. Received: ${JSON.stringify(negativeSlope)}.`,
      )
    this.negativeSlope = negativeSlope
  }

  override call([x]: readonly Value[], b: Scope): Value {
    return b.call('leakyRelu', [x!], { alpha: this.negativeSlope })
  }

  override config(): Readonly<Record<string, unknown>> {
    return { negativeSlope: this.negativeSlope }
  }
}

/**
 * x where x > 0, else a part of it. (Maas, Hannun and Ng, 2013.)
 *
 * @throws ConfigError for a slope that is no number
 * @example
 * const hidden = layers.leakyReLU({ negativeSlope: 0.1 })(input({ shape: [64] }))
 */
export const leakyReLU = (options: LeakyReluOptions = {}): LeakyReLU => new LeakyReLU(options)
