import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { expectRank } from '../expect.ts'

export interface GlobalPoolingOptions extends LayerOptions {
  /** Whether the spatial axes stay, with size 1. */
  readonly keepdims?: boolean
}

export class GlobalAveragePooling2D extends Layer {
  static override readonly className = 'GlobalAveragePooling2D'
  readonly keepdims: boolean

  constructor({ keepdims = false, ...options }: GlobalPoolingOptions) {
    super(options)
    this.keepdims = keepdims
  }

  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, 4)
    return b.mean(x!, [1, 2], this.keepdims)
  }

  override config(): Readonly<Record<string, unknown>> {
    return { dataFormat: 'channels_last', keepdims: this.keepdims }
  }
}

/**
 * The mean of each channel: [batch, height, width, channels] → [batch, channels].
 *
 * @throws ShapeError for an input of another rank
 * @example
 * const features = layers.globalAveragePooling2d()(input({ shape: [7, 7, 64] })) // [null, 64]
 */
export const globalAveragePooling2d = (options: GlobalPoolingOptions = {}): GlobalAveragePooling2D =>
  new GlobalAveragePooling2D(options)
