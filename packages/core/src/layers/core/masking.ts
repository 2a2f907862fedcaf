import { Layer, type LayerOptions, type Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { expectMinRank } from '../expect.ts'

export interface MaskingOptions extends LayerOptions {
  /** A step of which all features have this value is left out. */
  readonly maskValue?: number
}

export class Masking extends Layer {
  static override readonly className = 'Masking'
  override readonly supportsMasking = true
  protected override readonly makesMasks = true
  readonly maskValue: number

  constructor({ maskValue = 0, ...options }: MaskingOptions) {
    super(options)
    this.maskValue = maskValue
  }

  /** 1 for the steps that count, else 0: [batch, time, 1]. */
  #counts(x: Value, b: Scope): Value {
    const differs = b.cast(b.not(b.equal(x, this.maskValue)), 'float32')
    return b.reduceMax(differs, [-1], true)
  }

  override call([x]: readonly Value[], b: Scope): Value {
    expectMinRank(x!, 2)
    return b.mul(x!, this.#counts(x!, b))
  }

  override computeMask([x]: readonly Value[], _masks: readonly Mask[], b: Scope): Mask {
    const counts = this.#counts(x!, b)
    return b.less(0, b.reshape(counts, counts.shape.slice(0, -1)))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { maskValue: this.maskValue }
  }
}

/**
 * Leaves out the steps of which all features equal `maskValue`: [batch, time, features] → the same, with a mask. What
 * understands masks (recurrent layers, losses, …) passes over them.
 *
 * @throws ShapeError for an input of rank < 2
 * @example
 * const code = input({ shape: [null, 8] }).pipe(layers.masking(), layers.lstm({ units: 32 }))
 */
export const masking = (options: MaskingOptions = {}): Masking => new Masking(options)
