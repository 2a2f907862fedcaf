import type { Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { expectRank } from '../expect.ts'
import { GlobalPooling, type GlobalPoolingOptions } from './global-pooling.ts'

export class GlobalAveragePooling1D extends GlobalPooling {
  static override readonly className = 'GlobalAveragePooling1D'
  override readonly supportsMasking = true
  override readonly callArguments = ['inputs', 'mask']

  constructor(options: GlobalPoolingOptions) {
    super(1, options)
  }

  /** The mean over the steps that count. */
  override call(inputs: readonly Value[], b: Scope, masks: readonly Mask[]): Value {
    const [mask] = masks
    if (mask === undefined) return super.call(inputs, b, masks)
    const [x] = inputs
    expectRank(x!, 3)
    const counts = b.reshape(mask, [...mask.shape, 1])
    const total = b.reduceSum(b.select(counts, x!, b.scalar(0)), [1], this.keepdims)
    return b.div(total, b.reduceSum(b.cast(counts, 'float32'), [1], this.keepdims))
  }

  override computeMask(): Mask {
    return undefined
  }

  protected override pool(x: Value, axes: readonly number[], b: Scope): Value {
    return b.mean(x, axes, this.keepdims)
  }
}

/**
 * The mean of each channel: [batch, steps, channels] → [batch, channels].
 *
 * @throws ShapeError for an input of another rank
 * @example
 * const features = layers.globalAveragePooling1d()(input({ shape: [24, 64] })) // [null, 64]
 */
export const globalAveragePooling1d = (options: GlobalPoolingOptions = {}): GlobalAveragePooling1D =>
  new GlobalAveragePooling1D(options)
