import type { DType, Timings } from '@fn/core'
import type { Tail } from '../tail.ts'

/** Elements in the array type that ONNX Runtime takes for their dtype. */
export type Elements = Float32Array | Int32Array | Uint8Array

/** What a session runs: plain data. */
export interface Graph {
  /** The bytes of an ONNX file. */
  readonly file: Uint8Array
  /** The names of what a run is given, in that order. */
  readonly inputs: readonly string[]
  /** The names of what a run makes, in that order. */
  readonly outputs: readonly string[]
  /** What is run after it. */
  readonly tail?: Tail
  /** If times are taken: the paths that nodes are named after. */
  readonly profile?: readonly string[]
}

/** Where sessions run and tensors are: in this thread or in another. `T` is what it knows a tensor by. */
export interface Runtime<T = unknown> {
  /** Whether a run writes an output into the memory of a tensor that it is handed for it. */
  readonly rewrites: boolean
  /** Whether it leaves the elements that it is given where they are, and reads them when it runs. */
  readonly borrows: boolean
  /** @param elements belong to the runtime from then on, if it does not borrow them */
  tensor(dtype: DType, elements: Elements, shape: readonly number[]): T
  /** A copy of the elements. */
  read(tensor: T): Promise<Elements>
  /** The same without waiting, where tensors are in the memory of this thread; undefined for one that is not. */
  readSync?(tensor: T): Elements | undefined
  /** Frees the memory of a tensor that nobody uses any more. */
  free(tensor: T): void
  /** Whether it runs tails. */
  readonly fuses: boolean
  /** How many channels its convolution on blocks of channels takes at once, if it has one. */
  readonly channelBlock: number | undefined
  open(graph: Graph): Promise<RuntimeSession<T>>
  close(): Promise<void>
}

export interface RuntimeSession<T> {
  /**
   * @param outputs the tensors whose memory outputs are written into; null where there is none
   * @returns the outputs: the tensor that was handed over, an input that has been written over, or a new one
   */
  run(inputs: readonly T[], outputs: readonly (T | null)[]): Promise<readonly T[]>
  /** What all runs so far took; of one that takes times. */
  profile?(): Promise<Timings>
  close(): void
}

/** Zeros. */
export function blank(dtype: DType, size: number): Elements {
  if (dtype === 'float32') return new Float32Array(size)
  return dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size)
}
