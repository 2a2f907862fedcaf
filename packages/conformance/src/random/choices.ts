import fc from 'fast-check'

/** Numbers that decide, one after the other, what is made. Where they are used up, 0 stands for the simplest choice. */
export class Choices {
  readonly #numbers: readonly number[]
  #at = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  /** A whole number in [0, n); n is at least 1. */
  below(n: number): number {
    return (this.#numbers[this.#at++] ?? 0) % n
  }

  /** One of the items; the first is the simplest. */
  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  /** Whether something less simple happens, so many times in a hundred. */
  maybe(percent: number): boolean {
    return this.below(100) >= 100 - percent
  }

  /** Some of the items, in their order. */
  some<T>(items: readonly T[], percent: number): T[] {
    return items.filter(() => this.maybe(percent))
  }

  /** The items in some order. */
  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items]
    return items.map(() => left.splice(this.below(left.length), 1)[0]!)
  }
}

/** Shrinks towards fewer and smaller numbers: towards simpler choices. */
export const choices = (count = 24): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.nat({ max: 999 }), { minLength: count, maxLength: count })

/** What is made step by step: each step has a kind, and numbers to choose by. */
export interface Plan<Kind extends string> {
  readonly seed: number
  readonly steps: readonly { readonly kind: Kind; readonly numbers: readonly number[] }[]
  /** Decide what comes out in the end. */
  readonly ending: readonly number[]
}

export function plans<Kind extends string>(
  kinds: readonly Kind[],
  maxLength: number,
): fc.Arbitrary<Plan<Kind>> {
  return fc.record({
    seed: fc.nat({ max: 999 }),
    steps: fc.array(fc.record({ kind: fc.constantFrom(...kinds), numbers: choices() }), {
      minLength: 1,
      maxLength,
      size: 'max',
    }),
    ending: choices(6),
  })
}
