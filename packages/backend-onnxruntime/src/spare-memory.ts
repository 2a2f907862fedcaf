import { sameShape, type TensorType } from '@fn/core'

/** Tensors of one type, and how many of them a run needs. */
interface Pool<T> {
  most: number
  readonly tensors: T[]
}

/**
 * Tensors whose elements nobody needs any more, for the outputs of runs to come. State that a program takes over and
 * gives back lives so in two sets of memory, that swap at each run.
 */
export class SpareMemory<T> {
  readonly #wanted: readonly (Pool<T> | undefined)[]
  readonly #given: readonly (Pool<T> | undefined)[]

  /**
   * @param inputs those of a run that it takes over
   * @param outputs those of a run that it is for; more than they need is never held
   */
  constructor(inputs: readonly (TensorType | undefined)[], outputs: readonly (TensorType | undefined)[]) {
    const pools: (readonly [TensorType, Pool<T>])[] = []
    const poolOf = ({ dtype, shape }: TensorType): Pool<T> | undefined =>
      pools.find(([type]) => type.dtype === dtype && sameShape(type.shape, shape))?.[1]
    this.#wanted = outputs.map((type) => {
      if (type === undefined) return undefined
      const known = poolOf(type)
      const pool = known ?? { most: 0, tensors: [] }
      if (known === undefined) pools.push([type, pool])
      pool.most++
      return pool
    })
    this.#given = inputs.map((type) => type && poolOf(type))
  }

  /** Takes a tensor for an output, by its position; its elements are anything. */
  take(output: number): T | undefined {
    return this.#wanted[output]!.tensors.pop()
  }

  /** Whether there is an output for whose sake it would hold the tensor of an input. */
  needs(input: number): boolean {
    const pool = this.#given[input]
    return pool !== undefined && pool.tensors.length < pool.most
  }

  /** @param input one that it needs */
  give(input: number, tensor: T): void {
    this.#given[input]!.tensors.push(tensor)
  }

  /** Takes all of them. */
  clear(): readonly T[] {
    return this.#wanted.flatMap((pool) => pool?.tensors.splice(0) ?? [])
  }
}
