import type { HostArray } from '@fn/core'
import type { Finding } from '../check.ts'
import { compareArrays } from '../compare-arrays.ts'

type Numbers = Readonly<Record<string, number>>

/** Gathers in what a run differs from that of Keras. */
export class KerasReport {
  readonly #problems: string[] = []
  readonly #tolerance: number
  #error = 0

  constructor(tolerance: number) {
    this.#tolerance = tolerance
  }

  get finding(): Finding {
    return { error: this.#error, problems: this.#problems }
  }

  array(what: string, expected: HostArray, actual: HostArray | undefined): void {
    const { error, mismatch } = actual
      ? compareArrays(expected, actual, this.#tolerance)
      : { error: Infinity, mismatch: `Expected ${expected.dtype}[${expected.shape}]. Received: nothing.` }
    this.#error = Math.max(this.#error, error)
    if (mismatch !== undefined) this.#problems.push(`${what}: ${mismatch}`)
  }

  number(what: string, expected: number, actual: number): void {
    this.array(what, scalar(expected), scalar(actual))
  }

  /** The same keys, with the same numbers. */
  numbers(what: string, expected: Numbers, actual: Numbers): void {
    const keys = (record: Numbers): string => Object.keys(record).sort().join()
    if (keys(expected) !== keys(actual))
      this.#problems.push(`${what}: expected ${keys(expected)}. Received: ${keys(actual)}.`)
    for (const [key, value] of Object.entries(expected))
      this.number(`${what}.${key}`, value, actual[key] ?? Number.NaN)
  }

  /** The figures of every epoch. */
  history(what: string, expected: Series, actual: Series, epochs: number): void {
    const at = (record: Series, epoch: number): Numbers =>
      Object.fromEntries(Object.entries(record).map(([key, values]) => [key, values[epoch]!]))
    for (let epoch = 0; epoch < epochs; epoch++)
      this.numbers(`${what}[${epoch}]`, at(expected, epoch), at(actual, epoch))
  }
}

type Series = Readonly<Record<string, readonly number[]>>

const scalar = (value: number): HostArray => ({ shape: [], dtype: 'float32', data: Float64Array.of(value) })

/** What `predict` gives, as a list. */
export const listOf = (predicted: object): readonly HostArray[] =>
  'shape' in predicted ? [predicted as HostArray] : Object.values(predicted)

/** The only entry, or all of them. */
export const oneOrAll = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0]! : list)
