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
import { explicitPadding, type Padding, paddings } from '../padding.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface DepthwiseConvOptions
  extends LayerOptions,
    WeightOptions<'depthwise'>,
    WeightOptions<'bias'> {
  /** The size of the window: a number for all spatial axes, or one for each. */
  readonly kernelSize: number | readonly number[]
  /** How many channels come out for each that goes in. */
  readonly depthMultiplier?: number
  readonly strides?: number | readonly number[]
  readonly padding?: Padding
  readonly dilationRate?: number | readonly number[]
  readonly activation?: ActivationLike
  readonly useBias?: boolean
}

/** A convolution of each channel by itself: as many groups as there are channels. */
export function depthwise(
  x: Value,
  kernel: Value,
  options: Required<Pick<DepthwiseConvOptions, 'padding'>> & {
    readonly strides: readonly number[]
    readonly dilationRate: readonly number[]
  },
  b: Scope,
): Value {
  const { strides, dilationRate: dilations } = options
  const window = kernel.shape.slice(0, -2) as readonly number[]
  const [channels, multiplier] = kernel.shape.slice(-2) as [number, number]
  const padding = explicitPadding(options.padding, x.shape, window, strides, dilations)
  const grouped = b.reshape(kernel, [...window, 1, channels * multiplier])
  return b.conv(x, grouped, { strides, dilations, padding, groups: channels })
}

/** What the depthwise convolutions of one and two spatial axes share. */
export abstract class DepthwiseConv extends Layer {
  readonly kernelSize: readonly number[]
  readonly depthMultiplier: number
  readonly strides: readonly number[]
  readonly padding: Padding
  readonly dilationRate: readonly number[]
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
      kernelSize,
      depthMultiplier = 1,
      strides = 1,
      padding = 'valid',
      dilationRate = 1,
      activation,
      useBias = true,
      ...options
    }: DepthwiseConvOptions,
  ) {
    super(options)
    expectPositive(this.label, 'depthMultiplier', depthMultiplier)
    expectOneOf(this.label, 'padding', padding, paddings)
    this.kernelSize = perAxis(this.label, 'kernelSize', kernelSize, rank)
    this.depthMultiplier = depthMultiplier
    this.strides = perAxis(this.label, 'strides', strides, rank)
    this.padding = padding
    this.dilationRate = perAxis(this.label, 'dilationRate', dilationRate, rank)
    this.activation = activationOf(activation)
    this.useBias = useBias
    this.#kernelRules = weightRules('depthwise', options, 'glorotUniform')
    this.#biasRules = weightRules('bias', options, 'zeros')
  }

  override build([x]: readonly TensorType[]): void {
    expectRank(x!, this.rank + 2)
    const channels = fixedSize(x!, -1)
    this.kernel = this.addWeight(
      'kernel',
      [...this.kernelSize, channels, this.depthMultiplier],
      this.#kernelRules,
    )
    if (this.useBias) this.bias = this.addWeight('bias', [channels * this.depthMultiplier], this.#biasRules)
  }

  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    const product = depthwise(x!, b.read(this.kernel), this, b)
    return this.activation(b, this.bias ? b.add(product, b.read(this.bias)) : product)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      kernelSize: this.kernelSize,
      depthMultiplier: this.depthMultiplier,
      strides: this.strides,
      padding: this.padding,
      dataFormat: 'channels_last',
      dilationRate: this.dilationRate,
      activation: activationName(this.activation),
      useBias: this.useBias,
      ...weightConfig('depthwise', this.#kernelRules),
      ...weightConfig('bias', this.#biasRules),
    }
  }
}
