import type { Dim, HostArray } from '@fn/core'

export type Arrays = Readonly<Record<string, HostArray>>

/** A tensor that something takes. */
export interface InputSpec {
  readonly name: string
  /** Numbers, and names of sizes that are open. */
  readonly shape: readonly Dim[]
  /** As the engine says it: float32, int64, … */
  readonly dtype: string
  /** The whole numbers that it takes, where only these make sense. */
  readonly range?: { readonly low: number; readonly high: number }
}

export interface Answers {
  /** What computed them. */
  readonly engine: string
  readonly outputs: Arrays
}

/** What can be run: a model on a backend, or a file in ONNX Runtime. */
export interface Runnable {
  readonly inputs: readonly InputSpec[]
  run(inputs: Arrays): Promise<Answers>
}
