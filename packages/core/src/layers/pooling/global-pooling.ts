import { Layer, type LayerOptions, type Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { expectRank } from '../expect.ts'

export interface GlobalPoolingOptions extends LayerOptions {
  /** Whether the spatial axes stay, with size 1. */
  readonly keepdims?: boolean
}

/** What the poolings over whole sequences, images and volumes share. */
export abstract class GlobalPooling extends Layer {
  override readonly computesWithFloats = true
  readonly keepdims: boolean

  constructor(
    /** How many spatial axes there are. */
    readonly rank: number,
    { keepdims = false, ...options }: GlobalPoolingOptions,
  ) {
    super(options)
    this.keepdims = keepdims
  }

  /** Reduces the spatial axes, which stay with size 1 where `keepdims` says so. */
  protected abstract pool(x: Value, axes: readonly number[], b: Scope): Value

  override call([x]: readonly Value[], b: Scope, _masks: readonly Mask[]): Value {
    expectRank(x!, this.rank + 2)
    const spatial = x!.shape.map((_, axis) => axis).slice(1, -1)
    return this.pool(x!, spatial, b)
  }

  override config(): Readonly<Record<string, unknown>> {
    return { dataFormat: 'channels_last', keepdims: this.keepdims }
  }
}
