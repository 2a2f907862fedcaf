import type { DType, TensorType } from '@fn/core'

/**
 * Tensors whose elements nobody needs any more, for the outputs of runs to come. State that a program takes over and
 * gives back lives so in two sets of memory, that swap at each run.
 */
export class SpareMemory<T> {
  readonly #tensors = new Map<string, { readonly most: number; readonly tensors: T[] }>()

  /** @param outputs of one run; more than they need is never held */
  constructor(outputs: readonly TensorType[]) {
    for (const { dtype, shape } of outputs) {
      const key = keyOf(dtype, shape)
      this.#tensors.set(key, { most: (this.#tensors.get(key)?.most ?? 0) + 1, tensors: [] })
    }
  }

  /** Takes a tensor of a type, whose elements are anything, if there is one. */
  take(dtype: DType, shape: readonly number[]): T | undefined {
    return this.#tensors.get(keyOf(dtype, shape))?.tensors.pop()
  }

  /** Whether there is an output for whose sake it would hold one more tensor of a type. */
  needs(dtype: DType, shape: readonly number[]): boolean {
    const alike = this.#tensors.get(keyOf(dtype, shape))
    return alike !== undefined && alike.tensors.length < alike.most
  }

  /** @param tensor of a type that it needs */
  give(dtype: DType, shape: readonly number[], tensor: T): void {
    this.#tensors.get(keyOf(dtype, shape))!.tensors.push(tensor)
  }

  /** Takes all of them. */
  clear(): readonly T[] {
    return [...this.#tensors.values()].flatMap(({ tensors }) => tensors.splice(0))
  }
}

const keyOf = (dtype: DType, shape: TensorType['shape']): string => `${dtype}[${shape}]`
