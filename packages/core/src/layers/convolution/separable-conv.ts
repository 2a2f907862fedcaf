import {
  type Activation,
  type ActivationLike,
  activationName,
  activationOf,
} from '../../activations/index.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { expectOneOf, expectPositive, expectRank, fixedSize, perAxis } from '../expect.ts'
import { type Padding, paddings } from '../padding.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'
import { depthwise } from './depthwise-conv.ts'

export interface SeparableConvOptions
  extends LayerOptions,
    WeightOptions<'depthwise'>,
    WeightOptions<'pointwise'>,
    WeightOptions<'bias'> {
  /** How many channels come out. */
  readonly filters: number
  /** The size of the window: a number for all spatial axes, or one for each. */
  readonly kernelSize: number | readonly number[]
  /** How many channels stand between the two steps for each that goes in. */
  readonly depthMultiplier?: number
  readonly strides?: number | readonly number[]
  readonly padding?: Padding
  readonly dilationRate?: number | readonly number[]
  readonly activation?: ActivationLike
  readonly useBias?: boolean
}

const names = ['depthwise', 'pointwise', 'bias'] as const

/** What the separable convolutions of one and two spatial axes share. */
export abstract class SeparableConv extends Layer {
  readonly filters: number
  readonly kernelSize: readonly number[]
  readonly depthMultiplier: number
  readonly strides: readonly number[]
  readonly padding: Padding
  readonly dilationRate: readonly number[]
  readonly activation: Activation
  readonly useBias: boolean
  readonly #rules: Readonly<Record<(typeof names)[number], WeightRules>>
  depthwiseKernel!: Variable
  pointwiseKernel!: Variable
  bias?: Variable

  constructor(
    /** How many spatial axes there are. */
    readonly rank: number,
    {
      filters,
      kernelSize,
      depthMultiplier = 1,
      strides = 1,
      padding = 'valid',
      dilationRate = 1,
      activation,
      useBias = true,
      ...options
    }: SeparableConvOptions,
  ) {
    super(options)
    expectPositive(this.label, 'filters', filters)
    expectPositive(this.label, 'depthMultiplier', depthMultiplier)
    expectOneOf(this.label, 'padding', padding, paddings)
    this.filters = filters
    this.kernelSize = perAxis(this.label, 'kernelSize', kernelSize, rank)
    this.depthMultiplier = depthMultiplier
    this.strides = perAxis(this.label, 'strides', strides, rank)
    this.padding = padding
    this.dilationRate = perAxis(this.label, 'dilationRate', dilationRate, rank)
    this.activation = activationOf(activation)
    this.useBias = useBias
    this.#rules = {
      depthwise: weightRules('depthwise', options, 'glorotUniform'),
      pointwise: weightRules('pointwise', options, 'glorotUniform'),
      bias: weightRules('bias', options, 'zeros'),
    }
  }

  override build([x]: readonly TensorType[]): void {
    expectRank(x!, this.rank + 2)
    const { kernelSize, depthMultiplier, filters } = this
    const channels = fixedSize(x!, -1)
    const between = channels * depthMultiplier
    this.depthwiseKernel = this.addWeight(
      'depthwise_kernel',
      [...kernelSize, channels, depthMultiplier],
      this.#rules.depthwise,
    )
    this.pointwiseKernel = this.addWeight(
      'pointwise_kernel',
      [...kernelSize.map(() => 1), between, filters],
      this.#rules.pointwise,
    )
    if (this.useBias) this.bias = this.addWeight('bias', [filters], this.#rules.bias)
  }

  // y = f((x ∗ D) · P + b), where P mixes the channels of each place
  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    const ones = this.kernelSize.map(() => 1)
    const filtered = depthwise(x!, b.read(this.depthwiseKernel), this, b)
    const mixed = b.conv(filtered, b.read(this.pointwiseKernel), {
      strides: ones,
      dilations: ones,
      padding: ones.map(() => [0, 0] as const),
      groups: 1,
    })
    return this.activation(b, this.bias ? b.add(mixed, b.read(this.bias)) : mixed)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      filters: this.filters,
      kernelSize: this.kernelSize,
      depthMultiplier: this.depthMultiplier,
      strides: this.strides,
      padding: this.padding,
      dataFormat: 'channels_last',
      dilationRate: this.dilationRate,
      activation: activationName(this.activation),
      useBias: this.useBias,
      ...Object.assign({}, ...names.map((name) => weightConfig(name, this.#rules[name]))),
    }
  }
}
