import type picocolors from 'picocolors'

export type Colors = ReturnType<typeof picocolors.createColors>

/** What a command has to say. */
export interface Report {
  /** For people. */
  lines(colors: Colors): readonly string[]
  /** For programs: what `--json` prints. */
  readonly data: unknown
  /** What was found wrong, in a sentence; the command fails with it. */
  readonly failure?: string
  /** Whether it only tells of what was written: `--quiet` leaves it out. */
  readonly aside?: boolean
  /** Whether stdout holds what was written, so that the report goes to stderr. */
  readonly besides?: boolean
}
