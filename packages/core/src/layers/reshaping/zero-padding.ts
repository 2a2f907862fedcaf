import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { expectRank } from '../expect.ts'
import { type Sides, type SidesLike, sidesOf } from './sides.ts'

export interface ZeroPaddingOptions extends LayerOptions {
  /** How many zeros: one number for all sides, one for each axis, or [before, after] for each axis. */
  readonly padding?: SidesLike
}

/** What the paddings of one, two and three spatial axes share. */
export abstract class ZeroPadding extends Layer {
  readonly padding: Sides

  constructor(
    /** How many spatial axes there are. */
    readonly rank: number,
    { padding = 1, ...options }: ZeroPaddingOptions,
  ) {
    super(options)
    this.padding = sidesOf(this.label, 'padding', padding, rank)
  }

  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    const amounts = (side: 0 | 1): readonly number[] => [0, ...this.padding.map((sides) => sides[side]), 0]
    return b.pad(x!, amounts(0), amounts(1))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { padding: this.rank === 1 ? this.padding[0] : this.padding, dataFormat: 'channels_last' }
  }
}
