import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable } from '../../functional/variable.ts'
import { constant } from '../../initializers/initializer.ts'
import type { Value } from '../../program/types.ts'
import { expectPositive } from '../expect.ts'

export interface LayerScaleOptions extends LayerOptions {
  /** What every factor starts as. */
  readonly initValues: number
  /** How many features the input has. */
  readonly projectionDim: number
}

/** A factor for each feature (Touvron et al., 2021), as the ConvNeXt models of Keras have it. */
export class LayerScale extends Layer {
  static override readonly className = 'LayerScale'
  static readonly module = 'keras.src.applications.convnext'
  override readonly computesWithFloats = true
  readonly initValues: number
  readonly projectionDim: number
  gamma!: Variable

  constructor({ initValues, projectionDim, ...options }: LayerScaleOptions) {
    super(options)
    expectPositive(this.label, 'projectionDim', projectionDim)
    this.initValues = initValues
    this.projectionDim = projectionDim
  }

  override build(): void {
    this.gamma = this.addWeight('gamma', [this.projectionDim], constant({ value: this.initValues }))
  }

  // y = x γ
  override call([x]: readonly Value[], b: Scope): Value {
    return b.mul(x!, b.read(this.gamma))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { initValues: this.initValues, projectionDim: this.projectionDim }
  }
}

/**
 * A factor for each feature: [batch, …, features] → [batch, …, features].
 *
 * @throws ConfigError for a projectionDim that is not an integer ≥ 1
 * @throws ShapeError for an input with another number of features
 * @example
 * const scaled = layers.layerScale({ initValues: 1e-6, projectionDim: 96 })(features)
 */
export const layerScale = (options: LayerScaleOptions): LayerScale => new LayerScale(options)
