import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface CustomScaleLayerOptions extends LayerOptions {
  /** The factor of the second input. */
  readonly scale: number
}

/** x + scale · y, as the InceptionResNetV2 of Keras adds its branches. */
export class CustomScaleLayer extends Layer {
  static override readonly className = 'CustomScaleLayer'
  static readonly module = 'keras.src.applications.inception_resnet_v2'
  override readonly arity: number | undefined = 2
  override readonly computesWithFloats = true
  readonly scale: number

  constructor({ scale, ...options }: CustomScaleLayerOptions) {
    super(options)
    this.scale = scale
  }

  override call([x, y]: readonly Value[], b: Scope): Value {
    return b.add(x!, b.mul(y!, this.scale))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { scale: this.scale }
  }
}

/**
 * x + scale · y, of a list of two tensors of one shape.
 *
 * @throws ShapeError for another number of tensors, or shapes that do not broadcast
 * @example
 * const sum = layers.customScaleLayer({ scale: 0.17 })([shortcut, branch])
 */
export const customScaleLayer = (options: CustomScaleLayerOptions): CustomScaleLayer =>
  new CustomScaleLayer(options)
