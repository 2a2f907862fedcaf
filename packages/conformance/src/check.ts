/** The parts of the suite, in the order in which they run. */
export type Part = 'operations' | 'layers' | 'training' | 'contract' | 'random'

/** One thing that an engine has to get right. */
export interface Check {
  /** Unique in the suite. */
  readonly name: string
  readonly part: Part
  /** What the check is about, an op or the class of a layer: one row of the table of errors. */
  readonly subject: string
  /** Looks at everything; throws only where the backend does. */
  run(): Promise<Finding>
}

export interface Finding {
  /** The worst error seen, as `compareArrays` measures it. */
  readonly error: number
  /** A sentence for everything that is wrong. */
  readonly problems: readonly string[]
  /** What the capabilities of the backend lack, where that showed only on the way: nothing was looked at. */
  readonly lacking?: string
}

/** Everything that several findings say. */
export const together = (findings: readonly Finding[]): Finding => ({
  error: Math.max(0, ...findings.map(({ error }) => error)),
  problems: findings.flatMap(({ problems }) => problems),
})
