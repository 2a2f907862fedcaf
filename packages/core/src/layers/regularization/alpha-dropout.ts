import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { Dropout, type DropoutOptions } from './dropout.ts'

/** −λα: what selu comes down to. */
const FLOOR = -1.6732632423543772 * 1.0507009873554805

export class AlphaDropout extends Dropout {
  static override readonly className = 'AlphaDropout'

  // y = a (x m + f (1 − m)) + c with a = ((1 − r)(1 + r f²))^−½ and c = −a f r: mean and variance stay
  override call([x]: readonly Value[], b: Scope): Value {
    const { rate } = this
    if (!b.training || rate === 0) return x!
    const shape = this.noiseShape?.map((dim, axis) => dim ?? x!.shape[axis]!) ?? x!.shape
    const kept = b.broadcast(b.lessEqual(rate, b.random(shape)), x!.shape)
    const scale = ((1 - rate) * (1 + rate * FLOOR ** 2)) ** -0.5
    return b.add(b.mul(b.select(kept, x!, b.scalar(FLOOR)), scale), -scale * FLOOR * rate)
  }
}

/**
 * In training, sets a share of the elements to the floor of selu and moves all so that mean and variance stay; else it does
 * nothing. (Klambauer et al., "Self-normalizing neural networks", 2017.)
 *
 * @throws ConfigError for a rate outside of [0, 1]
 * @example
 * const hidden = x.pipe(layers.dense({ units: 64, activation: 'selu' }), layers.alphaDropout({ rate: 0.1 }))
 */
export const alphaDropout = (options: DropoutOptions): AlphaDropout => new AlphaDropout(options)
