import { ConfigError } from '../../errors.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { Value } from '../../program/types.ts'
import { expectPositive } from '../expect.ts'
import {
  type CausalPadding,
  causalPaddings,
  explicitPadding,
  type Padding,
  padded,
  paddings,
} from '../padding.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'
import { SpatialConv, type SpatialConvOptions } from './spatial-conv.ts'

export interface ConvOptions<Paddings extends CausalPadding = Padding>
  extends SpatialConvOptions<Paddings>,
    WeightOptions<'kernel'> {
  /** How many channels come out. */
  readonly filters: number
  /** The channels are convolved in so many separate groups. */
  readonly groups?: number
}

/** What the convolutions of one, two and three spatial axes share. */
export abstract class Conv extends SpatialConv<CausalPadding> {
  readonly filters: number
  readonly groups: number
  readonly #kernelRules: WeightRules
  kernel!: Variable

  constructor(rank: number, { filters, groups = 1, ...options }: ConvOptions<CausalPadding>) {
    super(rank, rank === 1 ? causalPaddings : paddings, options)
    expectPositive(this.label, 'filters', filters)
    expectPositive(this.label, 'groups', groups)
    if (filters % groups !== 0) {
      throw new ConfigError(
        `${this.label}: expected filters divisible by ${groups} groups. Received: ${filters}.`,
      )
    }
    this.filters = filters
    this.groups = groups
    this.#kernelRules = weightRules('kernel', options, 'glorotUniform')
  }

  protected override buildKernel(channels: number): number {
    const perGroup = channels / this.groups
    if (!Number.isInteger(perGroup)) {
      throw new ConfigError(
        `${this.label}: expected input channels divisible by ${this.groups} groups. Received: ${channels}.`,
      )
    }
    this.kernel = this.addWeight('kernel', [...this.kernelSize, perGroup, this.filters], this.#kernelRules)
    return this.filters
  }

  // x ∗ W
  protected override product(x: Value, b: Scope): Value {
    const { strides, dilationRate: dilations, groups } = this
    const sides = explicitPadding(this.padding, x.shape, this.kernelSize, strides, dilations)
    const around = padded(b, x, sides)
    return b.conv(around.x, b.read(this.kernel), { strides, dilations, padding: around.padding, groups })
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      filters: this.filters,
      groups: this.groups,
      ...super.config(),
      ...weightConfig('kernel', this.#kernelRules),
    }
  }
}
