import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { Value } from '../../program/types.ts'
import { expectPositive } from '../expect.ts'
import { paddings } from '../padding.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'
import { depthwise } from './depthwise-conv.ts'
import { SpatialConv, type SpatialConvOptions } from './spatial-conv.ts'

export interface SeparableConvOptions
  extends SpatialConvOptions,
    WeightOptions<'depthwise'>,
    WeightOptions<'pointwise'> {
  /** How many channels come out. */
  readonly filters: number
  /** How many channels stand between the two steps for each that goes in. */
  readonly depthMultiplier?: number
}

/** What the separable convolutions of one and two spatial axes share. */
export abstract class SeparableConv extends SpatialConv {
  readonly filters: number
  readonly depthMultiplier: number
  readonly #depthwiseRules: WeightRules
  readonly #pointwiseRules: WeightRules
  depthwiseKernel!: Variable
  pointwiseKernel!: Variable

  constructor(rank: number, { filters, depthMultiplier = 1, ...options }: SeparableConvOptions) {
    super(rank, paddings, options)
    expectPositive(this.label, 'filters', filters)
    expectPositive(this.label, 'depthMultiplier', depthMultiplier)
    this.filters = filters
    this.depthMultiplier = depthMultiplier
    this.#depthwiseRules = weightRules('depthwise', options, 'glorotUniform')
    this.#pointwiseRules = weightRules('pointwise', options, 'glorotUniform')
  }

  protected override buildKernel(channels: number): number {
    const { kernelSize, depthMultiplier, filters } = this
    this.depthwiseKernel = this.addWeight(
      'depthwise_kernel',
      [...kernelSize, channels, depthMultiplier],
      this.#depthwiseRules,
    )
    this.pointwiseKernel = this.addWeight(
      'pointwise_kernel',
      [...kernelSize.map(() => 1), channels * depthMultiplier, filters],
      this.#pointwiseRules,
    )
    return filters
  }

  // (x ∗ D) · P, where P mixes the channels of each place
  protected override product(x: Value, b: Scope): Value {
    const ones = this.kernelSize.map(() => 1)
    const filtered = depthwise(x, b.read(this.depthwiseKernel), this, b)
    return b.conv(filtered, b.read(this.pointwiseKernel), {
      strides: ones,
      dilations: ones,
      padding: ones.map(() => [0, 0] as const),
      groups: 1,
    })
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      filters: this.filters,
      depthMultiplier: this.depthMultiplier,
      ...super.config(),
      ...weightConfig('depthwise', this.#depthwiseRules),
      ...weightConfig('pointwise', this.#pointwiseRules),
    }
  }
}
