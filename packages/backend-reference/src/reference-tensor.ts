import { type DeviceTensor, type DType, FnError } from '@fn/core'
import type { Tensor } from './tensor.ts'

/** A tensor in the hands of a user: it can be disposed of, and is of no use after that. */
export class ReferenceTensor implements DeviceTensor {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly #onDispose: () => void
  #tensor: Tensor | undefined

  constructor(tensor: Tensor, onDispose: () => void) {
    this.shape = tensor.shape
    this.dtype = tensor.dtype
    this.#tensor = tensor
    this.#onDispose = onDispose
  }

  /** @throws FnError where it is disposed of */
  get tensor(): Tensor {
    if (this.#tensor === undefined) {
      throw new FnError(`A ${this.dtype} tensor of shape [${this.shape}] is used after it was disposed of.`)
    }
    return this.#tensor
  }

  dispose(): void {
    if (this.#tensor === undefined) return
    this.#tensor = undefined
    this.#onDispose()
  }
}
