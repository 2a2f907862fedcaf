/** Something that can train one workload. */
export interface Contender {
  readonly engine: string
  /** Trains for some steps and answers the milliseconds that each took; the first ones of its life warm it up. */
  steps(count: number): Promise<readonly number[]>
  dispose(): Promise<void>
}

/** One line of the results. */
export interface Timing {
  readonly workload: string
  readonly engine: string
  readonly phase: 'train'
  readonly msPerStep: number
  /** From the first step asked for to its end, less what a step takes later. */
  readonly compileMs: number
}
