import picocolors from 'picocolors'
import type { Colors, Report } from './report.ts'

export interface TerminalOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  /** false for `--no-color` */
  readonly color?: boolean
  readonly debug?: boolean
}

type Stream = NodeJS.WriteStream

/** Where a command says what it does and what came of it: reports on stdout, progress and errors on stderr. */
export class Terminal {
  readonly #options: TerminalOptions
  /** Whether the last line of stderr is one of progress. */
  #underway = false

  constructor(options: TerminalOptions) {
    this.#options = options
  }

  /** What is being done now; on a terminal each line takes the place of the one before. */
  progress(doing: string): void {
    const { quiet, json } = this.#options
    const { stderr } = process
    if (quiet || (json && !stderr.isTTY)) return
    this.#clear()
    const line = this.#colors(stderr).dim(`${doing} …`)
    stderr.write(stderr.isTTY ? line : `${line}\n`)
    this.#underway = stderr.isTTY
  }

  report(report: Report): void {
    this.#clear()
    const stream = report.besides ? process.stderr : process.stdout
    if (this.#options.json) stream.write(`${JSON.stringify(report.data, replacer, 2)}\n`)
    else if (!(report.aside && this.#options.quiet))
      for (const line of report.lines(this.#colors(stream))) stream.write(`${line}\n`)
  }

  /** One sentence on stderr, and the stack where `--debug` asks for it. */
  error(error: unknown): void {
    this.#clear()
    const { json, debug } = this.#options
    const message = error instanceof Error ? error.message : String(error)
    if (json) process.stdout.write(`${JSON.stringify({ error: message }, undefined, 2)}\n`)
    this.complain(message)
    if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    if (debug && error instanceof Error && error.cause instanceof Error)
      process.stderr.write(`cause: ${error.cause.stack}\n`)
  }

  complain(sentence: string): void {
    this.#clear()
    process.stderr.write(`${this.#colors(process.stderr).red('error:')} ${sentence}\n`)
  }

  #clear(): void {
    if (this.#underway) process.stderr.write('\r\u001b[2K')
    this.#underway = false
  }

  #colors(stream: Stream): Colors {
    return picocolors.createColors(this.#options.color !== false && wantsColors(stream))
  }
}

/** As https://no-color.org and FORCE_COLOR have it. */
function wantsColors(stream: Stream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return stream.isTTY === true && TERM !== 'dumb'
}

/** JSON has no NaN and no infinities. */
const replacer = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
