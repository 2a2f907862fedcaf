import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { PoolAttributes } from '../../program/ops/window.ts'
import type { Value } from '../../program/types.ts'
import { expectOneOf, expectRank, perAxis } from '../expect.ts'
import { explicitPadding, type Padding, padded, paddings } from '../padding.ts'

/** The least number of float32: no greatest element is less. */
export const LOWEST = -3.4028234663852886e38

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

  /** What stands around the input where its size is known later. 0 stands for a mean, which leaves it out. */
  protected readonly paddingValue: number = 0

  protected abstract pool(x: Value, attrs: PoolAttributes, b: Scope): Value

  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    const { poolSize: window, strides } = this
    const sides = explicitPadding(this.padding, x!.shape, window, strides)
    const around = padded(b, x!, sides, this.paddingValue)
    const attrs = { window, strides, padding: around.padding }
    const pooled = this.pool(around.x, attrs, b)
    if (around.x === x || this.paddingValue !== 0) return pooled
    // Zeros around the tensor do not count: the mean of ones among them is the share that does.
    const ones = b.constant([1], [1, ...x!.shape.slice(1, -1), 1])
    return b.div(pooled, this.pool(padded(b, ones, sides).x, attrs, b))
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
