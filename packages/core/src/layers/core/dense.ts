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
import { expectMinRank, expectPositive, fixedSize } from '../expect.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface DenseOptions extends LayerOptions, WeightOptions<'kernel'>, WeightOptions<'bias'> {
  /** How many features come out. */
  readonly units: number
  readonly activation?: ActivationLike
  readonly useBias?: boolean
}

export class Dense extends Layer {
  static override readonly className = 'Dense'
  override readonly computesWithFloats = true
  readonly units: number
  readonly activation: Activation
  readonly useBias: boolean
  readonly #kernelRules: WeightRules
  readonly #biasRules: WeightRules
  override readonly supportsMasking = true
  kernel!: Variable
  bias?: Variable

  constructor({ units, activation, useBias = true, ...options }: DenseOptions) {
    super(options)
    expectPositive(this.label, 'units', units)
    this.units = units
    this.activation = activationOf(activation)
    this.useBias = useBias
    this.#kernelRules = weightRules('kernel', options, 'glorotUniform')
    this.#biasRules = weightRules('bias', options, 'zeros')
  }

  override build([x]: readonly TensorType[]): void {
    expectMinRank(x!, 2)
    this.kernel = this.addWeight('kernel', [fixedSize(x!, -1), this.units], this.#kernelRules)
    if (this.useBias) this.bias = this.addWeight('bias', [this.units], this.#biasRules)
  }

  // y = f(x · W + b)
  override call([x]: readonly Value[], b: Scope): Value {
    expectMinRank(x!, 2)
    const product = b.matmul(x!, b.read(this.kernel))
    return this.activation(b, this.bias ? b.add(product, b.read(this.bias)) : product)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      units: this.units,
      activation: activationName(this.activation),
      useBias: this.useBias,
      ...weightConfig('kernel', this.#kernelRules),
      ...weightConfig('bias', this.#biasRules),
    }
  }
}

/**
 * Every output from every input: y = activation(x · kernel + bias).
 *
 * Takes [batch, …, features], gives [batch, …, units].
 *
 * @throws ConfigError for units that are no whole number from 1 on
 * @throws ShapeError for an input of rank < 2, or of open last size
 * @example
 * const hidden = layers.dense({ units: 64, activation: 'relu' })(input({ shape: [784] }))
 */
export const dense = (options: DenseOptions): Dense => new Dense(options)
