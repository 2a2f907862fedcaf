import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { expectRank } from '../expect.ts'

export interface PermuteOptions extends LayerOptions {
  /** The axes of a sample, counted from 1, in their new order. */
  readonly dims: readonly number[]
}

export class Permute extends Layer {
  static override readonly className = 'Permute'
  readonly dims: readonly number[]

  constructor({ dims, ...options }: PermuteOptions) {
    super(options)
    if (!Array.isArray(dims) || dims.some((_, at) => !dims.includes(at + 1))) {
      throw new ConfigError(
        `${this.label}: expected dims to be the axes from 1 on in some order. Received: ${JSON.stringify(dims)}.`,
      )
    }
    this.dims = dims
  }

  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.dims.length + 1)
    return b.transpose(x!, [0, ...this.dims])
  }

  override config(): Readonly<Record<string, unknown>> {
    return { dims: this.dims }
  }
}

/**
 * The axes of each sample in another order: with dims [2, 1], [batch, a, b] becomes [batch, b, a].
 *
 * @throws ConfigError for dims that are not the axes from 1 on in some order
 * @throws ShapeError for an input of another rank
 * @example
 * const turned = layers.permute({ dims: [2, 1] })(input({ shape: [10, 64] })) // [null, 64, 10]
 */
export const permute = (options: PermuteOptions): Permute => new Permute(options)
