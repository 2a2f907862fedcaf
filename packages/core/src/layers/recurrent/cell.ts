import type { Activation } from '../../activations/index.ts'
import { type ActivationLike, activationOf } from '../../activations/index.ts'
import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { SymbolicTensor } from '../../functional/symbolic-tensor.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { CallAttributes } from '../../program/ops/control.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { expectPositive, fixedSize } from '../expect.ts'
import { dropoutMask } from '../regularization/dropout-mask.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

/** How an engine may know a loop over a cell by name. */
export interface NativeLoop {
  readonly name: string
  readonly weights: readonly Variable[]
  /** All that the weights do not say. */
  readonly options: CallAttributes['options']
}

/**
 * One step of a recurrent layer: `call` takes the element [batch, features] and the states, and gives the output and
 * the next states.
 */
export abstract class Cell extends Layer<readonly SymbolicTensor[]> {
  override readonly arity: number | undefined = undefined
  /** The sizes of the states [batch, size]. */
  abstract readonly stateSizes: readonly number[]
  /** Which of the next states is the output. */
  get outputState(): number {
    return 0
  }

  /** How engines know a loop over this cell; undefined where they can not, or not in this mode. */
  nativeLoop(_training: boolean): NativeLoop | undefined {
    return undefined
  }
}

export interface GatedCellOptions
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
export abstract class GatedCell extends Cell {
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
  }: GatedCellOptions) {
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

  /** Whether loops over this cell draw random values. */
  protected drops(training: boolean): boolean {
    return training && (this.dropout > 0 || this.recurrentDropout > 0)
  }

  protected get ownWeightList(): readonly Variable[] {
    return [this.kernel, this.recurrentKernel, ...(this.bias ? [this.bias] : [])]
  }

  /** The columns of gate number `gate`. */
  protected gate(x: Value, gate: number, b: Scope): Value {
    return b.sliceAxis(x, -1, gate * this.units, (gate + 1) * this.units)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
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
