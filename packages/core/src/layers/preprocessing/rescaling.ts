import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface RescalingOptions extends LayerOptions {
  /** What elements are multiplied by: one number, or one for each channel. */
  readonly scale: number | readonly number[]
  /** What is added then: one number, or one for each channel. */
  readonly offset?: number | readonly number[]
}

export class Rescaling extends Layer {
  static override readonly className = 'Rescaling'
  override readonly supportsMasking = true
  readonly scale: number | readonly number[]
  readonly offset: number | readonly number[]

  constructor({ scale, offset = 0, ...options }: RescalingOptions) {
    super(options)
    for (const [option, value] of Object.entries({ scale, offset })) {
      if (![value].flat().every(Number.isFinite))
        throw new ConfigError(
          `${this.label}: expected ${option} to be a number, or one for each channel. Received: ${JSON.stringify(value)}.`,
        )
    }
    this.scale = scale
    this.offset = offset
  }

  // y = x s + o
  override call([x]: readonly Value[], b: Scope): Value {
    const row = (numbers: number | readonly number[]): Value =>
      typeof numbers === 'number' ? b.scalar(numbers) : b.constant(numbers, [numbers.length])
    return b.add(b.mul(b.cast(x!, 'float32'), row(this.scale)), row(this.offset))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { scale: this.scale, offset: this.offset }
  }
}

/**
 * y = x · scale + offset, as float32.
 *
 * @throws ConfigError for what is no number
 * @throws ShapeError where there are not as many numbers as channels
 * @example
 * const unit = layers.rescaling({ scale: 1 / 255 })(input({ shape: [28, 28, 3], dtype: 'int32' }))
 */
export const rescaling = (options: RescalingOptions): Rescaling => new Rescaling(options)
