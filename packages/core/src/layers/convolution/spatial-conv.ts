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
import { expectOneOf, expectRank, fixedSize, perAxis } from '../expect.ts'
import type { CausalPadding, Padding } from '../padding.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface SpatialConvOptions<Paddings extends CausalPadding = Padding>
  extends LayerOptions,
    WeightOptions<'bias'> {
  /** The size of the window: a number for all spatial axes, or one for each. */
  readonly kernelSize: number | readonly number[]
  readonly strides?: number | readonly number[]
  readonly padding?: Paddings
  readonly dilationRate?: number | readonly number[]
  readonly activation?: ActivationLike
  readonly useBias?: boolean
}

/** What all convolutions share: a window, and what follows the product. */
export abstract class SpatialConv<Paddings extends CausalPadding = Padding> extends Layer {
  override readonly computesWithFloats = true
  readonly kernelSize: readonly number[]
  readonly strides: readonly number[]
  readonly padding: Paddings
  readonly dilationRate: readonly number[]
  readonly activation: Activation
  readonly useBias: boolean
  readonly #biasRules: WeightRules
  bias?: Variable

  constructor(
    /** How many spatial axes there are. */
    readonly rank: number,
    choices: readonly Paddings[],
    {
      kernelSize,
      strides = 1,
      padding = 'valid' as Paddings,
      dilationRate = 1,
      activation,
      useBias = true,
      ...options
    }: SpatialConvOptions<Paddings>,
  ) {
    super(options)
    expectOneOf(this.label, 'padding', padding, choices)
    this.kernelSize = perAxis(this.label, 'kernelSize', kernelSize, rank)
    this.strides = perAxis(this.label, 'strides', strides, rank)
    this.padding = padding
    this.dilationRate = perAxis(this.label, 'dilationRate', dilationRate, rank)
    this.activation = activationOf(activation)
    this.useBias = useBias
    this.#biasRules = weightRules('bias', options, 'zeros')
  }

  /** Adds the weights of the product for so many channels, and answers how many come out. */
  protected abstract buildKernel(channels: number): number

  protected abstract product(x: Value, b: Scope): Value

  override build([x]: readonly TensorType[]): void {
    expectRank(x!, this.rank + 2)
    const filters = this.buildKernel(fixedSize(x!, -1))
    if (this.useBias) this.bias = this.addWeight('bias', [filters], this.#biasRules)
  }

  // y = f(product + b)
  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    const product = this.product(x!, b)
    return this.activation(b, this.bias ? b.add(product, b.read(this.bias)) : product)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      kernelSize: this.kernelSize,
      strides: this.strides,
      padding: this.padding,
      dataFormat: 'channels_last',
      dilationRate: this.dilationRate,
      activation: activationName(this.activation),
      useBias: this.useBias,
      ...weightConfig('bias', this.#biasRules),
    }
  }
}
