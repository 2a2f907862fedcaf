import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { expectRank } from '../expect.ts'
import { Dropout, type DropoutOptions } from './dropout.ts'

export type SpatialDropoutOptions = Omit<DropoutOptions, 'noiseShape'>

/** A dropout of whole channels: neighbours in space are so alike that one would give the other away. */
export abstract class SpatialDropout extends Dropout {
  constructor(
    /** How many spatial axes there are. */
    readonly rank: number,
    options: SpatialDropoutOptions,
  ) {
    super({ ...options, noiseShape: [null, ...new Array<number>(rank).fill(1), null] })
  }

  override call(inputs: readonly Value[], b: Scope): Value {
    expectRank(inputs[0]!, this.rank + 2)
    return super.call(inputs, b)
  }

  override config(): Readonly<Record<string, unknown>> {
    // The classes of Keras take no `trainable`, and that of one axis no `data_format`.
    const own = { rate: this.rate, seed: null, trainable: undefined }
    return this.rank === 1 ? own : { ...own, dataFormat: 'channels_last' }
  }
}
