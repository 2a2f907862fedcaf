import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { expectPositive, expectRank } from '../expect.ts'

export interface RepeatVectorOptions extends LayerOptions {
  /** How often. */
  readonly n: number
}

export class RepeatVector extends Layer {
  static override readonly className = 'RepeatVector'
  readonly n: number

  constructor({ n, ...options }: RepeatVectorOptions) {
    super(options)
    expectPositive(this.label, 'n', n)
    this.n = n
  }

  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, 2)
    const [batch, features] = x!.shape
    return b.broadcast(b.reshape(x!, [batch!, 1, features!]), [batch!, this.n, features!])
  }

  override config(): Readonly<Record<string, unknown>> {
    return { n: this.n }
  }
}

/**
 * Each sample n times, one after the other: [batch, features] becomes [batch, n, features].
 *
 * @throws ConfigError for an n that is no whole number from 1 on
 * @throws ShapeError for an input of another rank
 * @example
 * const steps = layers.repeatVector({ n: 5 })(input({ shape: [32] })) // [null, 5, 32]
 */
export const repeatVector = (options: RepeatVectorOptions): RepeatVector => new RepeatVector(options)
