import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import { normalizeAxis } from '../../program/builder.ts'
import type { Dim, TensorType, Value } from '../../program/types.ts'
import { fixedSize } from '../expect.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface GroupNormalizationOptions
  extends LayerOptions,
    WeightOptions<'beta'>,
    WeightOptions<'gamma'> {
  /** How many groups the features fall into; −1 for one of each feature. */
  readonly groups?: number
  /** The axis of the features. */
  readonly axis?: number
  readonly epsilon?: number
  /** Whether β is added. */
  readonly center?: boolean
  /** Whether γ multiplies. */
  readonly scale?: boolean
}

export class GroupNormalization extends Layer {
  static override readonly className = 'GroupNormalization'
  override readonly computesWithFloats = true
  override readonly supportsMasking = true
  readonly groups: number
  readonly axis: number
  readonly epsilon: number
  readonly center: boolean
  readonly scale: boolean
  readonly #rules: Readonly<Record<'beta' | 'gamma', WeightRules>>
  gamma?: Variable
  beta?: Variable

  constructor({
    groups = 32,
    axis = -1,
    epsilon = 1e-3,
    center = true,
    scale = true,
    ...options
  }: GroupNormalizationOptions) {
    super(options)
    if (!Number.isInteger(groups) || (groups < 1 && groups !== -1))
      throw new ConfigError(
        `${this.label}: expected groups to be a whole number ≥ 1, or -1. Received: ${JSON.stringify(groups)}.`,
      )
    this.groups = groups
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
    const size = fixedSize(x!, normalizeAxis(this.axis, x!.shape.length))
    if (this.scale) this.gamma = this.addWeight('gamma', [size], this.#rules.gamma)
    if (this.center) this.beta = this.addWeight('beta', [size], this.#rules.beta)
  }

  // y = γ (x − μ) / √(σ² + ε) + β, with the statistics of each sample and group
  override call([x]: readonly Value[], b: Scope): Value {
    const axis = normalizeAxis(this.axis, x!.shape.length)
    const size = fixedSize(x!, axis)
    const groups = this.groups === -1 ? size : this.groups
    if (axis === 0 || size % groups !== 0)
      throw new ConfigError(
        `${this.label}: expected features divisible by ${groups} groups. Received: ${size}.`,
      )
    const grouped = <T extends Dim>(shape: readonly T[], own: readonly [T, T]): readonly T[] => [
      ...shape.slice(0, axis),
      ...own,
      ...shape.slice(axis + 1),
    ]
    const apart = b.reshape(x!, grouped(x!.shape, [groups, size / groups]))
    const within = apart.shape.map((_, at) => at).filter((at) => at > 0 && at !== axis)
    const centered = b.sub(apart, b.mean(apart, within, true))
    const variance = b.mean(b.square(centered), within, true)
    const row = grouped(
      x!.shape.map(() => 1),
      [groups, size / groups],
    )
    const inverse = b.div(1, b.sqrt(b.add(variance, this.epsilon)))
    const factor = this.gamma ? b.mul(inverse, b.reshape(b.read(this.gamma), row)) : inverse
    const normal = b.mul(centered, factor)
    const moved = this.beta ? b.add(normal, b.reshape(b.read(this.beta), row)) : normal
    return b.reshape(moved, x!.shape)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      groups: this.groups,
      axis: this.axis,
      epsilon: this.epsilon,
      center: this.center,
      scale: this.scale,
      ...weightConfig('beta', this.#rules.beta),
      ...weightConfig('gamma', this.#rules.gamma),
    }
  }
}

/**
 * Features with mean β and deviation γ, by the statistics of each sample over a group of features. (Wu and He, "Group
 * normalization", 2018.)
 *
 * @throws ConfigError for groups that do not divide the features
 * @throws ShapeError for an axis that the input does not have, or of open size
 * @example
 * const normal = layers.groupNormalization({ groups: 4 })(input({ shape: [28, 28, 8] }))
 */
export const groupNormalization = (options: GroupNormalizationOptions = {}): GroupNormalization =>
  new GroupNormalization(options)
