import type { Backend, Model, TypedNumbers, Verbosity } from '@fn/core'

/** What a program is given. */
export interface Context {
  readonly backend: Backend
  /** Little data and few steps, so that every line of a program runs within seconds. */
  readonly quick: boolean
  /** Where its lines go. */
  readonly print: (line: string) => void
  /** What training shows. */
  readonly verbose: Verbosity
}

/** What a program comes to. */
export interface Outcome {
  /** What is exported, pictured, and asked again in ONNX Runtime. */
  readonly model: Model
  /** Whole samples for each of its inputs, in their order. */
  readonly samples: readonly TypedNumbers[]
  /** The figures of every epoch, where it trains. */
  readonly history?: Readonly<Record<string, readonly number[]>>
  /** The share of the held-out answers that are right, where it trains for that. */
  readonly accuracy?: number
  /** What else belongs into the report. */
  readonly figures?: Readonly<Record<string, number | readonly number[]>>
}

/** A small, complete program. */
export interface Program {
  /** `npm run example -- NAME` */
  readonly name: string
  readonly title: string
  /** The accuracy that a full run must reach. */
  readonly atLeast?: number
  run(context: Context): Promise<Outcome>
}
