import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { dropoutMask } from './dropout-mask.ts'

export interface DropoutOptions extends LayerOptions {
  /** The share of the elements that are dropped, in [0, 1]. */
  readonly rate: number
  /** The shape of the mask, which is broadcast: null takes the size of the input along that axis. */
  readonly noiseShape?: readonly (number | null)[] | null
}

export class Dropout extends Layer {
  static override readonly className: string = 'Dropout'
  override readonly supportsMasking = true
  readonly rate: number
  readonly noiseShape: readonly (number | null)[] | null

  constructor({ rate, noiseShape = null, ...options }: DropoutOptions) {
    super(options)
    if (!(rate >= 0 && rate <= 1)) {
      throw new ConfigError(`${this.label}: expected a rate in [0, 1]. Received: ${JSON.stringify(rate)}.`)
    }
    const sizes = noiseShape ?? []
    if (!Array.isArray(sizes) || sizes.some((dim) => dim !== null && !(Number.isInteger(dim) && dim >= 1))) {
      throw new ConfigError(
        `${this.label}: expected a noiseShape of whole numbers ≥ 1 or null. Received: ${JSON.stringify(noiseShape)}.`,
      )
    }
    this.rate = rate
    this.noiseShape = noiseShape
  }

  override call([x]: readonly Value[], b: Scope): Value {
    if (!b.training || this.rate === 0) return x!
    const shape = this.noiseShape?.map((dim, axis) => dim ?? x!.shape[axis]!) ?? x!.shape
    return b.mul(x!, b.broadcast(dropoutMask(b, shape, this.rate), x!.shape))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { rate: this.rate, noiseShape: this.noiseShape, seed: null }
  }
}

/**
 * In training, sets a share of the elements to 0 and scales the others by 1 / (1 − rate); else it does nothing.
 * (Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.)
 *
 * @throws ConfigError for a rate outside of [0, 1]
 * @throws ShapeError for a mask that does not broadcast to the input
 * @example
 * const hidden = x.pipe(layers.dense({ units: 64 }), layers.dropout({ rate: 0.5 }))
 */
export const dropout = (options: DropoutOptions): Dropout => new Dropout(options)
