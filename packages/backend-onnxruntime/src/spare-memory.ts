import type { Tensor } from 'onnxruntime-node'

/**
 * Tensors whose elements nobody needs any more, for the outputs of runs to come. State that a program takes over and
 * gives back lives so in two sets of memory, that swap at each run.
 */
export class SpareMemory {
  readonly #tensors = new Map<string, Set<Tensor>>()

  /** Takes a tensor of a type, whose elements are anything, if there is one. */
  take(dtype: string, shape: readonly number[]): Tensor | undefined {
    const [tensor] = this.#of(dtype, shape)
    if (tensor !== undefined) this.#of(dtype, shape).delete(tensor)
    return tensor
  }

  give(tensor: Tensor): void {
    this.#of(tensor.type, tensor.dims).add(tensor)
  }

  clear(): void {
    this.#tensors.clear()
  }

  #of(dtype: string, shape: readonly number[]): Set<Tensor> {
    const key = `${dtype}[${shape}]`
    const known = this.#tensors.get(key)
    if (known !== undefined) return known
    const made = new Set<Tensor>()
    this.#tensors.set(key, made)
    return made
  }
}
