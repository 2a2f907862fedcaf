import { Generator } from './philox.ts'

let seed = Math.floor(Math.random() * 2 ** 53)
let drawn = 0

/**
 * Fixes where all randomness starts that has no seed of its own: initial weights, shuffling, dropout.
 * The same seed and the same program give the same numbers on every machine and engine.
 *
 * @example
 * setRandomSeed(42)
 */
export function setRandomSeed(value: number): void {
  seed = value
  drawn = 0
}

/** A seed for something that has none of its own, another one at each call. */
export function nextSeed(): number {
  const words = new Generator(seed, [drawn++, 0x5eed])
  return words.next() * 2 ** 21 + (words.next() >>> 11)
}
