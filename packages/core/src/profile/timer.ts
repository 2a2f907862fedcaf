import type { Equation } from '../program/types.ts'
import { now } from '../training/host.ts'

/** What a time belongs to. */
export interface Label {
  /** The layer that asked for it; '' where an engine can not tell. */
  readonly path: string
  /** An op of the program, or what the engine has made of it. */
  readonly op: string
}

/** The time of one op at one layer, without what is timed inside of it. */
export interface Timing extends Label {
  readonly calls: number
  readonly milliseconds: number
}

/** What an executable has spent its time on. */
export interface Timings {
  readonly runs: number
  /** All the time of these runs: that of the kernels, and what comes between them. */
  readonly milliseconds: number
  readonly kernels: readonly Timing[]
}

/** @param around the path of the loop in whose body the equation stands */
export function labelOf({ op, path, attrs }: Equation, around = ''): Label {
  return { path: [around, path].filter(Boolean).join('/'), op: op === 'call' ? attrs.name : op }
}

/**
 * For backends that time what they run themselves. What is timed inside of something else, as the steps of a loop are,
 * counts for itself alone: the sum of all is the time of all.
 *
 * @example
 * const timer = new Timer()
 * timer.run(() => {
 *   for (const equation of program.equations) timer.measure(labelOf(equation), () => compute(equation))
 * })
 * console.log(timer.timings)
 */
export class Timer {
  readonly #kernels = new Map<string, { path: string; op: string; calls: number; milliseconds: number }>()
  #runs = 0
  #milliseconds = 0
  /** What has been timed inside of that which is being timed. */
  #inside = 0

  run<T>(work: () => T): T {
    const start = now()
    try {
      return work()
    } finally {
      this.addRun(now() - start)
    }
  }

  measure<T>(label: Label, work: () => T): T {
    const before = this.#inside
    this.#inside = 0
    const start = now()
    try {
      return work()
    } finally {
      const all = now() - start
      // A sum is rounded: that of the parts may be more than the whole.
      this.add(label, 1, Math.max(0, all - this.#inside))
      this.#inside = before + all
    }
  }

  /** A run that was timed elsewhere. */
  addRun(milliseconds: number): void {
    this.#runs++
    this.#milliseconds += milliseconds
  }

  /** Calls that were timed elsewhere. */
  add({ path, op }: Label, calls: number, milliseconds: number): void {
    const key = `${op} ${path}`
    const known = this.#kernels.get(key) ?? { path, op, calls: 0, milliseconds: 0 }
    known.calls += calls
    known.milliseconds += milliseconds
    this.#kernels.set(key, known)
  }

  get timings(): Timings {
    const kernels = [...this.#kernels.values()].map((kernel) => ({ ...kernel }))
    return { runs: this.#runs, milliseconds: this.#milliseconds, kernels }
  }
}
