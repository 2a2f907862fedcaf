import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface ReshapeOptions extends LayerOptions {
  /** The shape of one sample; one size may be −1 and follows from the others. */
  readonly targetShape: readonly number[]
}

export class Reshape extends Layer {
  static override readonly className = 'Reshape'
  readonly targetShape: readonly number[]

  constructor({ targetShape, ...options }: ReshapeOptions) {
    super(options)
    if (
      !Array.isArray(targetShape) ||
      targetShape.some((dim) => !Number.isInteger(dim) || dim < -1) ||
      targetShape.filter((dim) => dim === -1).length > 1
    ) {
      throw new ConfigError(
        `${this.label}: expected a targetShape of whole numbers, one of which may be -1. Received: ${JSON.stringify(targetShape)}.`,
      )
    }
    this.targetShape = targetShape
  }

  override call([x]: readonly Value[], b: Scope): Value {
    return b.reshapeTo(x!, [x!.shape[0]!, ...this.targetShape])
  }

  override config(): Readonly<Record<string, unknown>> {
    return { targetShape: this.targetShape }
  }
}

/**
 * The same elements in another shape, sample by sample.
 *
 * @throws ShapeError where the numbers of elements differ
 * @example
 * const image = layers.reshape({ targetShape: [28, 28, 1] })(input({ shape: [784] }))
 */
export const reshape = (options: ReshapeOptions): Reshape => new Reshape(options)
