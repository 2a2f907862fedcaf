import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import { productOf } from '../../program/dims.ts'
import type { Value } from '../../program/types.ts'
import { expectRank, perAxis } from '../expect.ts'

export interface UpSamplingOptions extends LayerOptions {
  /** How often each element is repeated: a number for all spatial axes, or one for each. */
  readonly size?: number | readonly number[]
}

/** What the enlargements of one, two and three spatial axes share. */
export abstract class UpSampling extends Layer {
  readonly size: readonly number[]

  constructor(
    /** How many spatial axes there are. */
    readonly rank: number,
    { size = 2, ...options }: UpSamplingOptions,
  ) {
    super(options)
    this.size = perAxis(this.label, 'size', size, rank)
  }

  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    return this.size.reduce((y, times, at) => repeated(y, at + 1, times, b), x!)
  }

  override config(): Readonly<Record<string, unknown>> {
    return { size: this.size, dataFormat: 'channels_last' }
  }
}

/** Each element along an axis so many times: [.., n, ..] → [.., n, times, ..] → [.., n · times, ..] */
function repeated(x: Value, axis: number, times: number, b: Scope): Value {
  if (times === 1) return x
  const [before, after] = [x.shape.slice(0, axis + 1), x.shape.slice(axis + 1)]
  const apart = b.reshape(x, [...before, 1, ...after])
  const spread = b.broadcast(apart, [...before, times, ...after])
  return b.reshape(spread, [...x.shape.slice(0, axis), productOf([x.shape[axis]!, times]), ...after])
}
