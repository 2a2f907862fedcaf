import type { HostArray } from '../backend.ts'
import { ShapeError } from '../errors.ts'
import type { Initializer } from '../initializers/initializer.ts'
import { formatShape, sameShape, sizeOf } from '../program/dims.ts'
import { nextSeed } from '../random/seed.ts'

/** A weight of a layer, or a statistic that it keeps. */
export class Variable {
  readonly #seed = nextSeed()
  #data: Float32Array | Int32Array | undefined
  #version = 0

  constructor(
    /** 'kernel', 'bias', … */
    readonly name: string,
    readonly shape: readonly number[],
    /** Whether an optimizer moves it. Moving statistics are none of its business. */
    readonly trainable: boolean,
    readonly initializer: Initializer,
    readonly dtype: 'float32' | 'int32' = 'float32',
  ) {}

  /** Grows with each new value, so that copies on a device know when they are stale. */
  get version(): number {
    return this.#version
  }

  /** The elements, row-major. They are drawn when they are first asked for. */
  get data(): Float32Array | Int32Array {
    this.#data ??= this.#hold(this.initializer.values(this.shape, this.#seed))
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
  }

  #hold(values: ArrayLike<number>): Float32Array | Int32Array {
    return this.dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values)
  }
}
