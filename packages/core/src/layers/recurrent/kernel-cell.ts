import {
  type Activation,
  type ActivationLike,
  activationKey,
  activationName,
  activationOf,
} from '../../activations/index.ts'
import { ConfigError } from '../../errors.ts'
import type { LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { CallAttributes } from '../../program/ops/control.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { expectPositive, fixedSize } from '../expect.ts'
import { dropoutMask } from '../regularization/dropout-mask.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'
import { Cell, type NativeLoop } from './cell.ts'

export interface KernelCellOptions
  extends LayerOptions,
    WeightOptions<'kernel'>,
    WeightOptions<'recurrent'>,
    WeightOptions<'bias'> {
  /** How many features come out. */
  readonly units: number
  readonly activation?: ActivationLike
  readonly useBias?: boolean
  /** The share of the inputs that is dropped in training, the same ones at every step. */
  readonly dropout?: number
  /** The share of the states that is dropped in training, the same ones at every step. */
  readonly recurrentDropout?: number
  readonly seed?: number | null
}

/** What the cells with a kernel, a recurrent kernel and a bias share. */
export abstract class KernelCell extends Cell {
  readonly units: number
  readonly activation: Activation
  readonly useBias: boolean
  readonly dropout: number
  readonly recurrentDropout: number
  protected readonly kernelRules: WeightRules
  protected readonly recurrentRules: WeightRules
  protected readonly biasRules: WeightRules
  kernel!: Variable
  recurrentKernel!: Variable
  bias?: Variable

  constructor({
    units,
    activation = 'tanh',
    useBias = true,
    dropout = 0,
    recurrentDropout = 0,
    seed: _seed,
    ...options
  }: KernelCellOptions) {
    super(options)
    expectPositive(this.label, 'units', units)
    for (const [option, rate] of Object.entries({ dropout, recurrentDropout })) {
      if (!(rate >= 0 && rate <= 1))
        throw new ConfigError(
          `${this.label}: expected ${option} in [0, 1]. Received: ${JSON.stringify(rate)}.`,
        )
    }
    this.units = units
    this.activation = activationOf(activation)
    this.useBias = useBias
    this.dropout = dropout
    this.recurrentDropout = recurrentDropout
    this.kernelRules = weightRules('kernel', options, 'glorotUniform')
    this.recurrentRules = weightRules('recurrent', options, 'orthogonal')
    this.biasRules = weightRules('bias', options, 'zeros')
  }

  /** How many matrices stand side by side in the kernel. */
  protected abstract readonly gates: number

  /** The shape and the start of the bias. */
  protected buildBias(): Variable {
    return this.addWeight('bias', [this.gates * this.units], this.biasRules)
  }

  override build([x]: readonly TensorType[]): void {
    const width = this.gates * this.units
    this.kernel = this.addWeight('kernel', [fixedSize(x!, -1), width], this.kernelRules)
    this.recurrentKernel = this.addWeight('recurrent_kernel', [this.units, width], this.recurrentRules)
    if (this.useBias) this.bias = this.buildBias()
  }

  /**
   * x · W, of which in training a share of the inputs is dropped: the same for all gates or, with recurrentDropout, for
   * each gate others.
   */
  protected product(x: Value, kernel: Value, rate: number, b: Scope): Value {
    if (!b.training || rate === 0) return b.matmul(x, kernel)
    const dropped = (): Value => b.mul(x, dropoutMask(b, x.shape, rate))
    if (this.recurrentDropout === 0) return b.matmul(dropped(), kernel)
    const gates = (kernel.shape[1] as number) / this.units
    const parts = Array.from({ length: gates }, (_, gate) => b.matmul(dropped(), this.gate(kernel, gate, b)))
    return b.concat(parts, -1)
  }

  /** What engines call a loop over this cell. */
  protected abstract readonly loopName: string

  /** The activations, by the options that they are. */
  protected get activations(): Readonly<Record<string, Activation>> {
    return { activation: this.activation }
  }

  /** Further options that an engine has to know. */
  protected get loopOptions(): CallAttributes['options'] {
    return {}
  }

  /** There is none where an activation has no name, or random values are drawn. */
  override nativeLoop(training: boolean): NativeLoop | undefined {
    const named = Object.entries(this.activations).map(([option, activation]) => [
      option,
      activationKey(activation),
    ])
    if (named.some(([, name]) => name === undefined)) return undefined
    if (training && (this.dropout > 0 || this.recurrentDropout > 0)) return undefined
    const { kernel, recurrentKernel, bias, useBias } = this
    return {
      name: this.loopName,
      weights: [kernel, recurrentKernel, ...(bias ? [bias] : [])],
      options: { useBias, ...this.loopOptions, ...Object.fromEntries(named) },
    }
  }

  /** The columns of gate number `gate`. */
  protected gate(x: Value, gate: number, b: Scope): Value {
    return b.sliceAxis(x, -1, gate * this.units, (gate + 1) * this.units)
  }

  override config(): Readonly<Record<string, unknown>> {
    const named = Object.entries(this.activations).map(([option, activation]) => [
      option,
      activationName(activation),
    ])
    return {
      ...Object.fromEntries(named),
      useBias: this.useBias,
      ...weightConfig('kernel', this.kernelRules),
      ...weightConfig('recurrent', this.recurrentRules),
      ...weightConfig('bias', this.biasRules),
      units: this.units,
      dropout: this.dropout,
      recurrentDropout: this.recurrentDropout,
      seed: null,
    }
  }
}
