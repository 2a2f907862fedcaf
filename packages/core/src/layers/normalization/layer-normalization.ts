import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import { normalizeAxis } from '../../program/builder.ts'
import { sizeOf } from '../../program/dims.ts'
import { expectAxes } from '../../program/ops/op.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { fixedSize } from '../expect.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface LayerNormalizationOptions
  extends LayerOptions,
    WeightOptions<'beta'>,
    WeightOptions<'gamma'> {
  /** The axis of the features, or several. */
  readonly axis?: number | readonly number[]
  readonly epsilon?: number
  /** Whether β is added. */
  readonly center?: boolean
  /** Whether γ multiplies. */
  readonly scale?: boolean
}

export class LayerNormalization extends Layer {
  static override readonly className = 'LayerNormalization'
  override readonly computesWithFloats = true
  override readonly supportsMasking = true
  readonly axis: number | readonly number[]
  readonly epsilon: number
  readonly center: boolean
  readonly scale: boolean
  readonly #rules: Readonly<Record<'beta' | 'gamma', WeightRules>>
  gamma?: Variable
  beta?: Variable

  constructor({
    axis = -1,
    epsilon = 1e-3,
    center = true,
    scale = true,
    ...options
  }: LayerNormalizationOptions) {
    super(options)
    const axes = listOf(axis)
    if (axes.length === 0 || !axes.every(Number.isInteger)) {
      throw new ConfigError(
        `${this.label}: expected axis to be a whole number or several. Received: ${JSON.stringify(axis)}.`,
      )
    }
    this.axis = axis
    this.epsilon = epsilon
    this.center = center
    this.scale = scale
    this.#rules = {
      beta: weightRules('beta', options, 'zeros'),
      gamma: weightRules('gamma', options, 'ones'),
    }
  }

  override build([x]: readonly TensorType[]): void {
    const shape = this.#axesOf(x!).map((axis) => fixedSize(x!, axis))
    if (this.scale) this.gamma = this.addWeight('gamma', shape, this.#rules.gamma)
    if (this.center) this.beta = this.addWeight('beta', shape, this.#rules.beta)
  }

  /** The axes of the features, ascending. */
  #axesOf(x: TensorType): readonly number[] {
    const axes = listOf(this.axis).map((axis) => normalizeAxis(axis, x.shape.length))
    expectAxes(axes, x)
    return axes.sort((a, b) => a - b)
  }

  // y = γ (x − μ) / √(σ² + ε) + β, with the statistics of each sample: its features become one last axis, and then
  // what they were
  override call([x]: readonly Value[], b: Scope): Value {
    const axes = this.#axesOf(x!)
    const size = sizeOf(axes.map((axis) => fixedSize(x!, axis)))
    const others = x!.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
    const order = [...others, ...axes]
    const moved = b.transpose(x!, order)
    const row = b.reshape(moved, [...others.map((axis) => x!.shape[axis]!), size])
    const gamma = this.gamma ? b.reshape(b.read(this.gamma), [size]) : b.constant([1], [size])
    const beta = this.beta ? b.reshape(b.read(this.beta), [size]) : b.constant([0], [size])
    const normal = b.call('layerNorm', [row, gamma, beta], { epsilon: this.epsilon })
    return b.transpose(
      b.reshape(normal, moved.shape),
      order.map((_, axis) => order.indexOf(axis)),
    )
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      axis: this.axis,
      epsilon: this.epsilon,
      center: this.center,
      scale: this.scale,
      ...weightConfig('beta', this.#rules.beta),
      ...weightConfig('gamma', this.#rules.gamma),
    }
  }
}

const listOf = (axis: number | readonly number[]): number[] =>
  typeof axis === 'number' ? [axis] : Array.isArray(axis) ? [...axis] : []

/**
 * Features with mean β and deviation γ: y = γ (x − μ) / √(σ² + ε) + β, where μ and σ² are those of each sample along
 * the axis of the features, or along several. (Ba, Kiros and Hinton, "Layer normalization", 2016.)
 *
 * @throws ConfigError for an axis that is no whole number
 * @throws ShapeError for an axis that the input does not have, or of open size
 * @example
 * const normal = layers.layerNormalization()(input({ shape: [24, 64] }))
 */
export const layerNormalization = (options: LayerNormalizationOptions = {}): LayerNormalization =>
  new LayerNormalization(options)
