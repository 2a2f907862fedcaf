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
import { windowSpan } from '../../program/ops/window.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { expectOneOf, expectPositive, expectRank, fixedSize, perAxis } from '../expect.ts'
import { type Padding, paddings } from '../padding.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface ConvTransposeOptions extends LayerOptions, WeightOptions<'kernel'>, WeightOptions<'bias'> {
  /** How many channels come out. */
  readonly filters: number
  /** The size of the window: a number for all spatial axes, or one for each. */
  readonly kernelSize: number | readonly number[]
  readonly strides?: number | readonly number[]
  readonly padding?: Padding
  /** What is added to the size of the output, less than the stride; null for the usual size. */
  readonly outputPadding?: number | readonly number[] | null
  readonly dilationRate?: number | readonly number[]
  readonly activation?: ActivationLike
  readonly useBias?: boolean
}

/** What the transposed convolutions of one, two and three spatial axes share. */
export abstract class ConvTranspose extends Layer {
  readonly filters: number
  readonly kernelSize: readonly number[]
  readonly strides: readonly number[]
  readonly padding: Padding
  readonly outputPadding: readonly number[] | null
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
      filters,
      kernelSize,
      strides = 1,
      padding = 'valid',
      outputPadding = null,
      dilationRate = 1,
      activation,
      useBias = true,
      ...options
    }: ConvTransposeOptions,
  ) {
    super(options)
    expectPositive(this.label, 'filters', filters)
    expectOneOf(this.label, 'padding', padding, paddings)
    this.filters = filters
    this.kernelSize = perAxis(this.label, 'kernelSize', kernelSize, rank)
    this.strides = perAxis(this.label, 'strides', strides, rank)
    this.padding = padding
    this.outputPadding = outputPadding === null ? null : this.#expectOutputPadding(outputPadding)
    this.dilationRate = perAxis(this.label, 'dilationRate', dilationRate, rank)
    this.activation = activationOf(activation)
    this.useBias = useBias
    this.#kernelRules = weightRules('kernel', options, 'glorotUniform')
    this.#biasRules = weightRules('bias', options, 'zeros')
  }

  #expectOutputPadding(given: number | readonly number[]): readonly number[] {
    const amounts = typeof given === 'number' ? this.strides.map(() => given) : given
    const fits = (amount: number, axis: number): boolean =>
      Number.isInteger(amount) && amount >= 0 && amount < this.strides[axis]!
    if (!Array.isArray(amounts) || amounts.length !== this.rank || !amounts.every(fits)) {
      throw new ConfigError(
        `${this.label}: expected outputPadding of whole numbers from 0 to below the strides. Received: ${JSON.stringify(given)}.`,
      )
    }
    return amounts
  }

  override build([x]: readonly TensorType[]): void {
    expectRank(x!, this.rank + 2)
    const shape = [...this.kernelSize, this.filters, fixedSize(x!, -1)]
    this.kernel = this.addWeight('kernel', shape, this.#kernelRules)
    if (this.useBias) this.bias = this.addWeight('bias', [this.filters], this.#biasRules)
  }

  /** The size of the output along an axis, and where the convolution that this transposes pads it. */
  #sizeOf(
    size: number,
    axis: number,
  ): { readonly size: number; readonly padding: readonly [number, number] } {
    const stride = this.strides[axis]!
    const span = windowSpan(this.kernelSize[axis]!, this.dilationRate[axis]!)
    const extra = this.outputPadding?.[axis]
    const reach = (size - 1) * stride + span
    if (this.padding === 'valid') {
      const whole = extra === undefined ? reach + Math.max(stride - span, 0) : reach + extra
      return { size: whole, padding: [0, 0] }
    }
    const whole = extra === undefined ? size * stride : (size - 1) * stride + (span % 2) + extra
    // What the window reaches beyond the output on both sides; the larger part lies behind.
    const beyond = extra === undefined ? stride + span - 2 : span + (span % 2) - 2 + extra
    const before = span - 1 - Math.min(Math.ceil(beyond / 2), span - 1)
    return { size: whole, padding: [before, Math.max(reach - whole - before, 0)] }
  }

  // y = f(x ∗ᵀ W + b)
  override call([x]: readonly Value[], b: Scope): Value {
    expectRank(x!, this.rank + 2)
    const sizes = this.kernelSize.map((_, axis) => this.#sizeOf(fixedSize(x!, axis + 1), axis))
    const product = b.convTranspose(x!, b.read(this.kernel), {
      strides: this.strides,
      dilations: this.dilationRate,
      padding: sizes.map(({ padding }) => padding),
      groups: 1,
      inputSize: sizes.map(({ size }) => size),
    })
    return this.activation(b, this.bias ? b.add(product, b.read(this.bias)) : product)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      filters: this.filters,
      kernelSize: this.kernelSize,
      strides: this.strides,
      padding: this.padding,
      outputPadding: this.outputPadding,
      dataFormat: 'channels_last',
      dilationRate: this.dilationRate,
      activation: activationName(this.activation),
      useBias: this.useBias,
      ...weightConfig('kernel', this.#kernelRules),
      ...weightConfig('bias', this.#biasRules),
    }
  }
}
