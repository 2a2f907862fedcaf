import { Builder } from '../program/builder.ts'
import type { Value } from '../program/types.ts'
import type { Variable } from './variable.ts'

/** The builder that a layer writes itself with: it also knows the weights, and whether the model trains. */
export class Scope extends Builder {
  readonly #read: (variable: Variable) => Value
  readonly #assigned = new Map<Variable, Value>()
  #training: boolean

  constructor(training: boolean, read: (variable: Variable) => Value) {
    super()
    this.#training = training
    this.#read = read
  }

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

  /** Gives a statistic a new value, which the training step keeps. */
  assign(variable: Variable, value: Value): void {
    this.#assigned.set(variable, value)
  }

  /** All that was assigned. */
  get assigned(): ReadonlyMap<Variable, Value> {
    return this.#assigned
  }
}
