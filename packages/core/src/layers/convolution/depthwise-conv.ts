import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { Value } from '../../program/types.ts'
import { expectPositive } from '../expect.ts'
import { explicitPadding, padded, paddings } from '../padding.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'
import { SpatialConv, type SpatialConvOptions } from './spatial-conv.ts'

export interface DepthwiseConvOptions extends SpatialConvOptions, WeightOptions<'depthwise'> {
  /** How many channels come out for each that goes in. */
  readonly depthMultiplier?: number
}

/** A convolution of each channel by itself: as many groups as there are channels. */
export function depthwise(x: Value, kernel: Value, layer: SpatialConv, b: Scope): Value {
  const { kernelSize, strides, dilationRate: dilations } = layer
  const [channels, multiplier] = kernel.shape.slice(-2) as [number, number]
  const sides = explicitPadding(layer.padding, x.shape, kernelSize, strides, dilations)
  const around = padded(b, x, sides)
  const grouped = b.reshape(kernel, [...kernelSize, 1, channels * multiplier])
  return b.conv(around.x, grouped, { strides, dilations, padding: around.padding, groups: channels })
}

/** What the depthwise convolutions of one and two spatial axes share. */
export abstract class DepthwiseConv extends SpatialConv {
  readonly depthMultiplier: number
  readonly #kernelRules: WeightRules
  kernel!: Variable

  constructor(rank: number, { depthMultiplier = 1, ...options }: DepthwiseConvOptions) {
    super(rank, paddings, options)
    expectPositive(this.label, 'depthMultiplier', depthMultiplier)
    this.depthMultiplier = depthMultiplier
    this.#kernelRules = weightRules('depthwise', options, 'glorotUniform')
  }

  protected override buildKernel(channels: number): number {
    const shape = [...this.kernelSize, channels, this.depthMultiplier]
    this.kernel = this.addWeight('kernel', shape, this.#kernelRules)
    return channels * this.depthMultiplier
  }

  protected override product(x: Value, b: Scope): Value {
    return depthwise(x, b.read(this.kernel), this, b)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      depthMultiplier: this.depthMultiplier,
      ...super.config(),
      ...weightConfig('depthwise', this.#kernelRules),
    }
  }
}
