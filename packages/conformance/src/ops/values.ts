import { type DType, type HostArray, type HostData, sizeOf } from '@fn/core'
import type { CaseInput, Domain } from './op-case.ts'

/**
 * An array of the host; float32 elements come in a Float64Array, rounded to what float32 holds. They do not begin where
 * their memory begins, so that whoever reads the memory instead reads something else.
 */
export function hostArray(shape: readonly number[], dtype: DType, elements: Iterable<number>): HostArray {
  return { shape, dtype, data: dataOf(dtype, [1, ...elements]).subarray(1) }
}

function dataOf(dtype: DType, elements: Iterable<number>): HostData {
  switch (dtype) {
    case 'float32':
      return Float64Array.from(elements, Math.fround)
    case 'int32':
      return Int32Array.from(elements)
    case 'bool':
      return Uint8Array.from(elements)
  }
}

/** Uniform on [0, 1): mulberry32 (Tommy Ettinger, 2017, public domain). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A seed from a text (FNV-1a). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193)
  return hash >>> 0
}

/** The elements of the input `at` of a case. */
export function drawInput({ shape, dtype, domain }: CaseInput, at: number, seed: number): HostArray {
  const count = sizeOf(shape)
  const elements = typeof domain === 'string' ? draw(domain, count, at, uniform(seed + at)) : domain
  if (elements.length !== count) throw new Error(`${elements.length} elements do not fill shape [${shape}].`)
  return hostArray(shape, dtype, elements)
}

function draw(
  domain: Exclude<Domain, readonly number[]>,
  count: number,
  at: number,
  next: () => number,
): number[] {
  const times = (one: () => number): number[] => Array.from({ length: count }, one)
  const side = (): number => (next() < 0.5 ? -1 : 1)
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  switch (domain) {
    case 'any':
      // Box and Muller; the cosine alone is enough here.
      return times(() => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()))
    case 'positive':
      return times(() => 0.25 + 2.75 * next())
    case 'unit':
      return times(() => 0.05 + 0.9 * next())
    case 'nonzero':
      return times(() => side() * (0.5 + 1.5 * next()))
    case 'distinct':
      return distinct(count, at, -Math.floor(count / 2), next)
    case 'negative':
      return distinct(count, at, -count, next)
    case 'integers':
      return times(() => integer(-4, 4))
    case 'nonzeroIntegers':
      return times(() => side() * integer(1, 4))
    case 'counts':
      return times(() => integer(0, 3))
    case 'bool':
      return times(() => integer(0, 1))
    case 'huge':
      return times(() => side() * (1 + 3 * next()) * 1e30)
    case 'tiny':
      return times(() => side() * (1 + 3 * next()) * 1e-30)
  }
}

/**
 * A permutation of (k + f)·s for k = first, first + 1, …: the step s is a power of ½, so that integers and halves
 * are multiples of it, and the fraction f ∈ {¼, ½, ¾} tells the inputs of a case apart. No two values are closer than
 * s / 4, within one input or between two.
 */
function distinct(count: number, at: number, first: number, next: () => number): number[] {
  const step = 2 ** -Math.max(1, Math.ceil(Math.log2(count / 4)))
  const fraction = ((at % 3) + 1) / 4
  const values = Array.from({ length: count }, (_, k) => (first + k + fraction) * step)
  for (let k = count - 1; k > 0; k--) {
    const other = Math.floor(next() * (k + 1))
    const moved = values[k]!
    values[k] = values[other]!
    values[other] = moved
  }
  return values
}
