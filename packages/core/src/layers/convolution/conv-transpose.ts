import { ConfigError } from '../../errors.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import { addDims, productOf } from '../../program/dims.ts'
import { windowSpan } from '../../program/ops/window.ts'
import type { Dim, Value } from '../../program/types.ts'
import { expectPositive } from '../expect.ts'
import { paddings } from '../padding.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'
import { SpatialConv, type SpatialConvOptions } from './spatial-conv.ts'

export interface ConvTransposeOptions extends SpatialConvOptions, WeightOptions<'kernel'> {
  /** How many channels come out. */
  readonly filters: number
  /** What is added to the size of the output, less than the stride; null for the usual size. */
  readonly outputPadding?: number | readonly number[] | null
}

/** What the transposed convolutions of one, two and three spatial axes share. */
export abstract class ConvTranspose extends SpatialConv {
  readonly filters: number
  readonly outputPadding: readonly number[] | null
  readonly #kernelRules: WeightRules
  kernel!: Variable

  constructor(rank: number, { filters, outputPadding = null, ...options }: ConvTransposeOptions) {
    super(rank, paddings, options)
    expectPositive(this.label, 'filters', filters)
    this.filters = filters
    this.outputPadding = outputPadding === null ? null : this.#expectOutputPadding(outputPadding)
    this.#kernelRules = weightRules('kernel', options, 'glorotUniform')
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

  protected override buildKernel(channels: number): number {
    this.kernel = this.addWeight('kernel', [...this.kernelSize, this.filters, channels], this.#kernelRules)
    return this.filters
  }

  /** The size of the output along an axis, and where the convolution that this transposes pads it. */
  #sizeOf(size: Dim, axis: number): { readonly size: Dim; readonly padding: readonly [number, number] } {
    const stride = this.strides[axis]!
    const span = windowSpan(this.kernelSize[axis]!, this.dilationRate[axis]!)
    const extra = this.outputPadding?.[axis]
    // Of one element more than `size - 1` strides reach.
    const strided = addDims(productOf([size, stride]), -stride)
    if (this.padding === 'valid') {
      const more = extra === undefined ? Math.max(stride - span, 0) : extra
      return { size: addDims(strided, span + more), padding: [0, 0] }
    }
    const more = extra === undefined ? stride : (span % 2) + extra
    // What the window reaches beyond the output on both sides; the larger part lies behind.
    const beyond = extra === undefined ? stride + span - 2 : span + (span % 2) - 2 + extra
    const before = span - 1 - Math.min(Math.ceil(beyond / 2), span - 1)
    return { size: addDims(strided, more), padding: [before, Math.max(span - more - before, 0)] }
  }

  // x ∗ᵀ W
  protected override product(x: Value, b: Scope): Value {
    const sizes = this.kernelSize.map((_, axis) => this.#sizeOf(x.shape[axis + 1]!, axis))
    return b.convTranspose(x, b.read(this.kernel), {
      strides: this.strides,
      dilations: this.dilationRate,
      padding: sizes.map(({ padding }) => padding),
      groups: 1,
      inputSize: sizes.map(({ size }) => size),
    })
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      filters: this.filters,
      outputPadding: this.outputPadding,
      ...super.config(),
      ...weightConfig('kernel', this.#kernelRules),
    }
  }
}
