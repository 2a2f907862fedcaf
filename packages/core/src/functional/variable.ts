import type { HostArray, HostData } from '../backend.ts'
import type { Constraint } from '../constraints/constraint.ts'
import { ShapeError } from '../errors.ts'
import type { Initializer } from '../initializers/initializer.ts'
import { formatShape, sameShape, sizeOf } from '../program/dims.ts'
import { nextSeed } from '../random/seed.ts'
import type { Regularizer } from '../regularizers/regularizer.ts'

const none = { regularizer: undefined, constraint: undefined }

/** What a weight starts as, what it costs, and what every update brings it back to. */
export interface WeightRules {
  readonly initializer: Initializer
  readonly regularizer?: Regularizer | undefined
  readonly constraint?: Constraint | undefined
}

/** Where the newest value of a variable is, while a model trains: on a device. */
export interface ValueSource {
  /** Assigns the newest value. @throws FnError where it cannot be read without waiting, or a step is running */
  fetch(variable: Variable): void
}

/** A weight of a layer, or a statistic that it keeps. */
export class Variable {
  readonly initializer: Initializer
  readonly regularizer: Regularizer | undefined
  readonly constraint: Constraint | undefined
  readonly #seed = nextSeed()
  #data: Exclude<HostData, Uint8Array> | undefined
  #version = 0
  #source: ValueSource | undefined

  constructor(
    /** 'kernel', 'bias', … */
    readonly name: string,
    readonly shape: readonly number[],
    /** Whether an optimizer moves it. Moving statistics are none of its business. */
    readonly trainable: boolean,
    rules: WeightRules | Initializer,
    readonly dtype: 'float32' | 'int32' = 'float32',
  ) {
    const { initializer, regularizer, constraint } =
      'initializer' in rules ? rules : { ...none, initializer: rules }
    this.initializer = initializer
    this.regularizer = regularizer
    this.constraint = constraint
  }

  /** Grows with each new value, so that copies on a device know when they are stale. */
  get version(): number {
    return this.#version
  }

  /** Where a newer value than the one here is; undefined where there is none. */
  get source(): ValueSource | undefined {
    return this.#source
  }

  /** From now on, until a value is assigned, the newest value is at `source`. */
  follow(source: ValueSource): void {
    this.#source = source
  }

  /**
   * The elements, row-major: those after the last completed step while a model trains. Initial values are generated when
   * they are first asked for.
   *
   * @throws FnError while a step runs, and on engines whose memory cannot be read without waiting
   */
  get data(): Exclude<HostData, Uint8Array> {
    this.#source?.fetch(this)
    this.#data ??= this.#hold(Float32Array.from(this.initializer.values(this.shape, this.#seed)))
    return this.#data
  }

  get value(): HostArray {
    return { shape: this.shape, dtype: this.dtype, data: this.data }
  }

  get size(): number {
    return sizeOf(this.shape)
  }

  /** @throws ShapeError where the shapes differ */
  assign({ shape, data }: Pick<HostArray, 'shape' | 'data'>): void {
    if (!sameShape(shape, this.shape)) {
      throw new ShapeError(
        `Weight "${this.name}": expected shape ${formatShape(this.shape)}. Received: ${formatShape(shape)}.`,
      )
    }
    this.#data = this.#hold(data)
    this.#version++
    this.#source = undefined
  }

  /** A copy. What an engine computes in float64 stays so, that nothing is lost between runs. */
  #hold(values: ArrayLike<number>): Exclude<HostData, Uint8Array> {
    if (this.dtype === 'int32') return Int32Array.from(values)
    return values instanceof Float64Array ? values.slice() : Float32Array.from(values)
  }
}
