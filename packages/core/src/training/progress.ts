import type { Logs } from '../callbacks/callback.ts'
import { now, type Terminal, terminal } from './host.ts'

/** auto: a bar on a terminal, else a line an epoch. */
export type Verbosity = 'auto' | 'silent' | 'bar' | 'line' | 0 | 1 | 2

const BAR_WIDTH = 20
const REDRAW_MS = 100

export interface Progress {
  beginEpoch(epoch: number, epochs: number, steps: number | undefined): void
  /** Whether figures are worth fetching now. */
  wants(step: number): boolean
  step(step: number, logs: Logs): void
  endEpoch(steps: number, logs: Logs): void
  /** A line of its own. */
  note(text: string): void
}

const silent: Progress = { beginEpoch() {}, wants: () => false, step() {}, endEpoch() {}, note() {} }

// biome-ignore lint/suspicious/noConsole: lines are what is asked for
const printLine = (line: string): void => console.log(line)

/** The progress that a verbosity asks for: Keras's 0, 1, 2, or their names. */
export function progressOf(verbose: Verbosity): Progress {
  const screen = terminal()
  if (verbose === 0 || verbose === 'silent') return silent
  if (screen !== undefined && verbose !== 2 && verbose !== 'line') return new BarProgress(screen)
  return new LineProgress(printLine)
}

/** 0.123456 → 0.1235, 0.0000123 → 1.23e-5 */
const formatFigure = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(4) : value.toFixed(4)

export const formatLogs = (logs: Logs): string =>
  Object.entries(logs)
    .map(([key, value]) => ` - ${key}: ${formatFigure(value)}`)
    .join('')

/** 75 s → 1:15 */
function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)}s`
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${String(Math.round(seconds % 60)).padStart(2, '0')}`
}

const formatPace = (ms: number): string =>
  ms < 1 ? `${Math.round(ms * 1000)}us/step` : `${Math.round(ms)}ms/step`

abstract class TimedProgress implements Progress {
  protected start = 0
  protected steps: number | undefined
  protected title = ''

  beginEpoch(epoch: number, epochs: number, steps: number | undefined): void {
    this.start = now()
    this.steps = steps
    this.title = `Epoch ${epoch + 1}/${epochs}`
  }

  /** `469/469 ━━━━━━━━━━━━━━━━━━━━ 3s 6ms/step - loss: 0.2914` */
  protected line(step: number, logs: Logs, done: boolean): string {
    const elapsed = now() - this.start
    const pace = elapsed / Math.max(1, step)
    const total = this.steps
    const time = done || total === undefined ? elapsed : pace * (total - step)
    const filled = done ? BAR_WIDTH : total === undefined ? 0 : Math.floor((BAR_WIDTH * step) / total)
    const bar = `${'━'.repeat(filled)}${'─'.repeat(BAR_WIDTH - filled)}`
    return `${step}/${total ?? step} ${bar} ${formatSeconds(time / 1000)} ${formatPace(pace)}${formatLogs(logs)}`
  }

  abstract wants(step: number): boolean
  abstract step(step: number, logs: Logs): void
  abstract endEpoch(steps: number, logs: Logs): void
  abstract note(text: string): void
}

/** One line an epoch. */
class LineProgress extends TimedProgress {
  constructor(readonly print: (line: string) => void) {
    super()
  }

  override wants(): boolean {
    return false
  }

  override step(): void {}

  override endEpoch(steps: number, logs: Logs): void {
    this.print(`${this.title} - ${this.line(steps, logs, true)}`)
  }

  override note(text: string): void {
    this.print(text)
  }
}

/** A bar that fills, with the time that is left. */
class BarProgress extends TimedProgress {
  #drawn = 0

  constructor(readonly screen: Terminal) {
    super()
  }

  override beginEpoch(epoch: number, epochs: number, steps: number | undefined): void {
    super.beginEpoch(epoch, epochs, steps)
    this.screen.write(`${this.title}\n`)
  }

  override wants(step: number): boolean {
    return step === this.steps || now() - this.#drawn >= REDRAW_MS
  }

  override step(step: number, logs: Logs): void {
    this.#drawn = now()
    this.#draw(this.line(step, logs, false))
  }

  override endEpoch(steps: number, logs: Logs): void {
    this.#draw(this.line(steps, logs, true))
    this.screen.write('\n')
  }

  override note(text: string): void {
    this.screen.write(`\n${text}\n`)
  }

  /** Over the last line; what does not fit is cut, since a wrapped line can not be drawn over. */
  #draw(line: string): void {
    this.screen.write(`\r\u001b[2K${line.slice(0, this.screen.columns - 1)}`)
  }
}
