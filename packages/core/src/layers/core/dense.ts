import {
  type Activation,
  type ActivationLike,
  activationName,
  activationOf,
} from '../../activations/index.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable } from '../../functional/variable.ts'
import { type InitializerLike, initializerConfig, initializerOf } from '../../initializers/index.ts'
import type { Initializer } from '../../initializers/initializer.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { expectMinRank, expectPositive, fixedSize } from '../expect.ts'

export interface DenseOptions extends LayerOptions {
  /** How many features come out. */
  readonly units: number
  readonly activation?: ActivationLike
  readonly useBias?: boolean
  readonly kernelInitializer?: InitializerLike
  readonly biasInitializer?: InitializerLike
}

export class Dense extends Layer {
  static override readonly className = 'Dense'
  readonly units: number
  readonly activation: Activation
  readonly useBias: boolean
  readonly #kernelInitializer: Initializer
  readonly #biasInitializer: Initializer
  kernel!: Variable
  bias?: Variable

  constructor({
    units,
    activation,
    useBias = true,
    kernelInitializer = 'glorotUniform',
    biasInitializer = 'zeros',
    ...options
  }: DenseOptions) {
    super(options)
    expectPositive(this.label, 'units', units)
    this.units = units
    this.activation = activationOf(activation)
    this.useBias = useBias
    this.#kernelInitializer = initializerOf(kernelInitializer)
    this.#biasInitializer = initializerOf(biasInitializer)
  }

  override build([x]: readonly TensorType[]): void {
    expectMinRank(x!, 2)
    this.kernel = this.addWeight('kernel', [fixedSize(x!, -1), this.units], this.#kernelInitializer)
    if (this.useBias) this.bias = this.addWeight('bias', [this.units], this.#biasInitializer)
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
      kernelInitializer: initializerConfig(this.#kernelInitializer),
      biasInitializer: initializerConfig(this.#biasInitializer),
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
