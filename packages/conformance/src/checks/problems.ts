import type { Backend, DeviceTensor, HostArray } from '@fn/core'
import type { Check, Finding } from '../check.ts'
import { compareArrays } from '../compare-arrays.ts'

/** A check of the contract: `look` says what is wrong. */
export const contractCheck = (
  name: string,
  backend: Backend,
  look: (found: Problems, backend: Backend) => Promise<void>,
): Check => ({
  name,
  part: 'contract',
  subject: 'contract',
  async run() {
    const found = new Problems(backend)
    await look(found, backend)
    return found.finding
  },
})

/** Gathers in what is wrong. */
export class Problems {
  readonly #problems: string[] = []

  constructor(readonly backend: Backend) {}

  get finding(): Finding {
    return { error: 0, problems: this.#problems }
  }

  say(problem: string): void {
    this.#problems.push(problem)
  }

  /** The same numbers, exactly: those of these checks are whole, or halves and quarters. */
  array(what: string, expected: HostArray, actual: HostArray): void {
    const { mismatch } = compareArrays(expected, actual, 0)
    if (mismatch !== undefined) this.say(`${what}: ${mismatch}`)
  }

  async tensor(what: string, expected: HostArray, actual: DeviceTensor): Promise<void> {
    this.array(what, expected, await this.backend.download(actual))
  }

  /** As many tensors as there were. */
  held(what: string, expected: number, actual: number): void {
    if (expected !== actual) this.say(`Expected ${expected} tensors ${what}. Received: ${actual}.`)
  }

  /** An error, and not an answer. */
  async refusal(what: string, attempt: () => Promise<unknown>): Promise<void> {
    try {
      await attempt()
    } catch {
      return
    }
    this.say(`Expected ${what} to be refused. Received: an answer.`)
  }
}
