import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { PoolAttributes } from '../../program/ops/window.ts'
import type { Value } from '../../program/types.ts'
import { expectOneOf, expectRank, perAxis } from '../expect.ts'
import { explicitPadding, type Padding, paddings } from '../padding.ts'

export interface PoolingOptions extends LayerOptions {
  /** The size of the window: a number for all spatial axes, or one for each. */
  readonly poolSize?: number | readonly number[]
  /** How far the window moves; without it by its own size. */
  readonly strides?: number | readonly number[] | null
  readonly padding?: Padding
}

/** What the poolings of one, two and three spatial axes share. */
export abstract class Pooling extends Layer {
  override readonly computesWithFloats = true
  readonly poolSize: readonly number[]
  readonly strides: readonly number[]
  readonly padding: Padding

  constructor(
    /** How many spatial axes there are. */
    readonly rank: number,
    { poolSize = 2, strides, padding = 'valid', ...options }: PoolingOptions,
  ) {
    super(options)
    expectOneOf(this.label, 'padding', padding, paddings)
    this.poolSize = perAxis(this.label, 'poolSize', poolSize, rank)
    this.strides = perAxis(this.label, 'strides', strides ?? poolSize, rank)
    this.padding = padding
  }

  protected abstract pool(x: Value, attrs: PoolAttributes, b: Scope): Value

  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    const { poolSize: window, strides } = this
    return this.pool(
      x!,
      { window, strides, padding: explicitPadding(this.padding, x!.shape, window, strides) },
      b,
    )
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      poolSize: this.poolSize,
      strides: this.strides,
      padding: this.padding,
      dataFormat: 'channels_last',
    }
  }
}
