import { ConfigError, ShapeError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable } from '../../functional/variable.ts'
import { ones } from '../../initializers/initializer.ts'
import { normalizeAxis } from '../../program/builder.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { fixedSize } from '../expect.ts'

export interface RmsNormalizationOptions extends LayerOptions {
  /** The axis of the features, which has to be the last one. */
  readonly axis?: number | readonly number[]
  readonly epsilon?: number
}

export class RMSNormalization extends Layer {
  static override readonly className = 'RMSNormalization'
  override readonly computesWithFloats = true
  readonly axis: readonly number[]
  readonly epsilon: number
  scale!: Variable

  constructor({ axis = -1, epsilon = 1e-6, ...options }: RmsNormalizationOptions) {
    super(options)
    const axes = [axis].flat()
    if (axes.length !== 1 || !Number.isInteger(axes[0])) {
      throw new ConfigError(
        `${this.label}: expected axis to be a whole number. Received: ${JSON.stringify(axis)}.`,
      )
    }
    this.axis = axes
    this.epsilon = epsilon
  }

  override build([x]: readonly TensorType[]): void {
    this.scale = this.addWeight('scale', [fixedSize(x!, -1)], ones())
  }

  // y = γ x / √(mean x² + ε)
  override call([x]: readonly Value[], b: Scope): Value {
    const last = x!.shape.length - 1
    if (normalizeAxis(this.axis[0]!, x!.shape.length) !== last)
      throw new ShapeError(`expected the last axis, ${last}. Received: ${this.axis[0]}.`)
    return b.call('rmsNorm', [x!, b.read(this.scale)], { epsilon: this.epsilon })
  }

  override config(): Readonly<Record<string, unknown>> {
    return { axis: this.axis, epsilon: this.epsilon }
  }
}

/**
 * Features of root mean square γ: y = γ x / √(mean x² + ε). (Zhang and Sennrich, "Root mean square layer normalization", 2019.)
 *
 * @throws ConfigError for an axis that is no whole number
 * @throws ShapeError for an axis that is not the last one, or of open size
 * @example
 * const normal = layers.rmsNormalization()(input({ shape: [24, 64] }))
 */
export const rmsNormalization = (options: RmsNormalizationOptions = {}): RMSNormalization =>
  new RMSNormalization(options)
