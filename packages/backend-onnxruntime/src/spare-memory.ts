import type { DType } from '@fn/core'

/**
 * Tensors whose elements nobody needs any more, for the outputs of runs to come. State that a program takes over and
 * gives back lives so in two sets of memory, that swap at each run.
 */
export class SpareMemory<T> {
  readonly #tensors = new Map<string, T[]>()

  /** Takes a tensor of a type, whose elements are anything, if there is one. */
  take(dtype: DType, shape: readonly number[]): T | undefined {
    return this.#of(dtype, shape).pop()
  }

  give(dtype: DType, shape: readonly number[], tensor: T): void {
    this.#of(dtype, shape).push(tensor)
  }

  /** Takes all of them. */
  clear(): readonly T[] {
    const all = [...this.#tensors.values()].flat()
    this.#tensors.clear()
    return all
  }

  #of(dtype: DType, shape: readonly number[]): T[] {
    const key = `${dtype}[${shape}]`
    const known = this.#tensors.get(key)
    if (known !== undefined) return known
    const made: T[] = []
    this.#tensors.set(key, made)
    return made
  }
}
