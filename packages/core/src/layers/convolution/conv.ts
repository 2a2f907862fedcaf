import {
  type Activation,
  type ActivationLike,
  activationName,
  activationOf,
} from '../../activations/index.ts'
import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { expectOneOf, expectPositive, expectRank, fixedSize, perAxis } from '../expect.ts'
import { type CausalPadding, causalPaddings, explicitPadding, type Padding, paddings } from '../padding.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface ConvOptions<Paddings extends CausalPadding = Padding>
  extends LayerOptions,
    WeightOptions<'kernel'>,
    WeightOptions<'bias'> {
  /** How many channels come out. */
  readonly filters: number
  /** The size of the window: a number for all spatial axes, or one for each. */
  readonly kernelSize: number | readonly number[]
  readonly strides?: number | readonly number[]
  readonly padding?: Paddings
  readonly dilationRate?: number | readonly number[]
  /** The channels are convolved in so many separate groups. */
  readonly groups?: number
  readonly activation?: ActivationLike
  readonly useBias?: boolean
}

/** What the convolutions of one, two and three spatial axes share. */
export abstract class Conv extends Layer {
  readonly filters: number
  readonly kernelSize: readonly number[]
  readonly strides: readonly number[]
  readonly padding: CausalPadding
  readonly dilationRate: readonly number[]
  readonly groups: number
  readonly activation: Activation
  readonly useBias: boolean
  readonly #kernelRules: WeightRules
  readonly #biasRules: WeightRules
  kernel!: Variable
  bias?: Variable

  constructor(
    /** How many spatial axes there are. */
    readonly rank: number,
    {
      filters,
      kernelSize,
      strides = 1,
      padding = 'valid',
      dilationRate = 1,
      groups = 1,
      activation,
      useBias = true,
      ...options
    }: ConvOptions<CausalPadding>,
  ) {
    super(options)
    expectPositive(this.label, 'filters', filters)
    expectPositive(this.label, 'groups', groups)
    expectOneOf(this.label, 'padding', padding, rank === 1 ? causalPaddings : paddings)
    if (filters % groups !== 0) {
      throw new ConfigError(
        `${this.label}: expected filters divisible by ${groups} groups. Received: ${filters}.`,
      )
    }
    this.filters = filters
    this.kernelSize = perAxis(this.label, 'kernelSize', kernelSize, rank)
    this.strides = perAxis(this.label, 'strides', strides, rank)
    this.padding = padding
    this.dilationRate = perAxis(this.label, 'dilationRate', dilationRate, rank)
    this.groups = groups
    this.activation = activationOf(activation)
    this.useBias = useBias
    this.#kernelRules = weightRules('kernel', options, 'glorotUniform')
    this.#biasRules = weightRules('bias', options, 'zeros')
  }

  override build([x]: readonly TensorType[]): void {
    expectRank(x!, this.rank + 2)
    const perGroup = fixedSize(x!, -1) / this.groups
    if (!Number.isInteger(perGroup)) {
      throw new ConfigError(
        `${this.label}: expected input channels divisible by ${this.groups} groups. Received: ${fixedSize(x!, -1)}.`,
      )
    }
    this.kernel = this.addWeight('kernel', [...this.kernelSize, perGroup, this.filters], this.#kernelRules)
    if (this.useBias) this.bias = this.addWeight('bias', [this.filters], this.#biasRules)
  }

  // y = f(x ∗ W + b)
  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    const { strides, dilationRate: dilations, groups } = this
    const padding = explicitPadding(this.padding, x!.shape, this.kernelSize, strides, dilations)
    const product = b.conv(x!, b.read(this.kernel), { strides, dilations, padding, groups })
    return this.activation(b, this.bias ? b.add(product, b.read(this.bias)) : product)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      filters: this.filters,
      kernelSize: this.kernelSize,
      strides: this.strides,
      padding: this.padding,
      dataFormat: 'channels_last',
      dilationRate: this.dilationRate,
      groups: this.groups,
      activation: activationName(this.activation),
      useBias: this.useBias,
      ...weightConfig('kernel', this.#kernelRules),
      ...weightConfig('bias', this.#biasRules),
    }
  }
}
