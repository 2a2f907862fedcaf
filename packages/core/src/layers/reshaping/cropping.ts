import { ShapeError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import { subDims } from '../../program/dims.ts'
import type { Value } from '../../program/types.ts'
import { expectRank } from '../expect.ts'
import { type Sides, type SidesLike, sidesOf } from './sides.ts'

export interface CroppingOptions extends LayerOptions {
  /** How much is cut off: one number for all sides, one for each axis, or [before, after] for each axis. */
  readonly cropping?: SidesLike
}

/** What the croppings of one, two and three spatial axes share. */
export abstract class Cropping extends Layer {
  readonly cropping: Sides

  constructor(
    /** How many spatial axes there are. */
    readonly rank: number,
    { cropping = 1, ...options }: CroppingOptions,
  ) {
    super(options)
    this.cropping = sidesOf(this.label, 'cropping', cropping, rank)
  }

  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    const ends = this.cropping.map(([before, after], at) => {
      if (before + after === 0) return null
      const size = x!.shape[at + 1]!
      if (typeof size === 'number' && before + after >= size)
        throw new ShapeError(
          `expected more than ${before + after} elements along axis ${at + 1}. Received: ${size}.`,
        )
      return subDims(size, after)
    })
    return b.slice(x!, [0, ...this.cropping.map(([before]) => before), 0], [null, ...ends, null])
  }

  override config(): Readonly<Record<string, unknown>> {
    // The class of Keras for one axis takes no data_format.
    return this.rank === 1
      ? { cropping: this.cropping[0] }
      : { cropping: this.cropping, dataFormat: 'channels_last' }
  }
}
