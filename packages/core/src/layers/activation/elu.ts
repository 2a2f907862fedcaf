import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface EluOptions extends LayerOptions {
  /** What the negative side comes down to: −alpha. */
  readonly alpha?: number
}

export class ELU extends Layer {
  static override readonly className = 'ELU'
  override readonly supportsMasking = true
  readonly alpha: number

  constructor({ alpha = 1, ...options }: EluOptions) {
    super(options)
    if (!Number.isFinite(alpha))
      throw new ConfigError(
        `${this.label}: expected alpha to be a number. Received: ${JSON.stringify(alpha)}.`,
      )
    this.alpha = alpha
  }

  override call([x]: readonly Value[], b: Scope): Value {
    return b.call('elu', [x!], { alpha: this.alpha })
  }

  override config(): Readonly<Record<string, unknown>> {
    return { alpha: this.alpha }
  }
}

/**
 * x where x > 0, else α(eˣ − 1). (Clevert, Unterthiner and Hochreiter, 2015.)
 *
 * @throws ConfigError for an alpha that is no number
 * @example
 * const hidden = layers.elu()(input({ shape: [64] }))
 */
export const elu = (options: EluOptions = {}): ELU => new ELU(options)
