import { FnError } from '../errors.ts'
import { Builder } from '../program/builder.ts'
import type { Value } from '../program/types.ts'
import type { Layer } from './layer.ts'
import type { Variable } from './variable.ts'

/** The builder that a layer writes itself with: it also knows the weights, and whether the model trains. */
export class Scope extends Builder {
  readonly #read: (variable: Variable) => Value
  readonly #assigned = new Map<Variable, Value>()
  readonly #losses: Value[] = []
  readonly #lossFactors: Value[] = []
  #training: boolean
  /** Whether it writes the body of a loop or of a composite. */
  #isBody = false

  /**
   * @param trains whether a layer trains; by default what the layer says now
   */
  constructor(
    training: boolean,
    read: (variable: Variable) => Value,
    trains: (layer: Layer<unknown>) => boolean = (layer) => layer.trainable,
  ) {
    super()
    this.#training = training
    this.#read = read
    this.trains = trains
  }

  /** Whether a layer trains: a frozen batch normalization uses its moving statistics. */
  readonly trains: (layer: Layer<unknown>) => boolean

  /** Whether the layer is to behave as in training (dropout, batch statistics). */
  get training(): boolean {
    return this.#training
  }

  /** What `write` emits is for training, or for inference, whatever the model does. */
  withTraining<T>(training: boolean | undefined, write: () => T): T {
    const before = this.#training
    this.#training = training ?? before
    try {
      return write()
    } finally {
      this.#training = before
    }
  }

  /** The value of a weight at this point of the program. */
  read = (variable: Variable): Value => this.#assigned.get(variable) ?? this.#read(variable)

  protected override inner(): this {
    const inner: Scope = new Scope(
      this.#training,
      (variable) => inner.outside(this.read(variable)),
      this.trains,
    )
    inner.#isBody = true
    return inner as this
  }

  /** Gives a statistic a new value, which the step keeps. @throws FnError in a loop */
  assign(variable: Variable, value: Value): void {
    this.#expectNoBody(`a new value of "${variable.name}"`)
    this.#assigned.set(variable, value)
  }

  /** Adds a scalar to what training minimises. @throws FnError in a loop */
  addLoss(loss: Value): void {
    this.#expectNoBody('a loss')
    this.#losses.push(this.#lossFactors.reduce((product, factor) => this.mul(product, factor), loss))
  }

  /** Multiplies the losses that `write` adds by a scalar. */
  withLossFactor<T>(factor: Value, write: () => T): T {
    this.#lossFactors.push(factor)
    try {
      return write()
    } finally {
      this.#lossFactors.pop()
    }
  }

  #expectNoBody(what: string): void {
    if (this.#isBody)
      throw new FnError(
        `"${this.path}": expected ${what} outside of a loop. Received it at each of its steps.`,
      )
  }

  /** All losses that were added. */
  get losses(): readonly Value[] {
    return this.#losses
  }

  /** All that was assigned. */
  get assigned(): ReadonlyMap<Variable, Value> {
    return this.#assigned
  }
}
