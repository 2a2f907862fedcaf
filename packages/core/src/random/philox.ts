// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).

const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const WEYL_0 = 0x9e3779b9
const WEYL_1 = 0xbb67ae85

/** The high 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh] = [a & 0xffff, a >>> 16]
  const [bLow, bHigh] = [b & 0xffff, b >>> 16]
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0
}

/** Four 32-bit words that depend on a counter and a key, and on nothing else. Written into `out` from `at` on. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array,
  at = 0,
): void {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0)
    const high1 = multiplyHigh(MULTIPLIER_1, c2)
    const low0 = Math.imul(MULTIPLIER_0, c0)
    const low1 = Math.imul(MULTIPLIER_1, c2)
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1 >>> 0
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0 >>> 0
    k0 = (k0 + WEYL_0) >>> 0
    k1 = (k1 + WEYL_1) >>> 0
  }
  out[at] = c0
  out[at + 1] = c1
  out[at + 2] = c2
  out[at + 3] = c3
}

/** How many words are made at once. */
const CHUNK = 64

/**
 * A stream of random numbers that its seed and its stream number determine: the same on every machine and every
 * engine, and independent of all other streams.
 *
 * @example
 * const values = new Generator(42).uniform(3) // Float64Array of 3 numbers in [0, 1)
 */
export class Generator {
  readonly #words = new Uint32Array(CHUNK)
  readonly #key: readonly [number, number]
  readonly #stream: readonly [number, number]
  #block = 0
  #used = CHUNK

  /** @param seed any integer; its low 53 bits count. @param stream tells one use of the seed from another. */
  constructor(seed: number, stream: readonly [number, number] = [0, 0]) {
    this.#key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]
    this.#stream = [stream[0] >>> 0, stream[1] >>> 0]
  }

  /** 32 random bits. */
  next(): number {
    if (this.#used === CHUNK) this.#refill()
    return this.#words[this.#used++]!
  }

  #refill(): void {
    const [stream0, stream1] = this.#stream
    for (let at = 0; at < CHUNK; at += 4) {
      const block = this.#block++
      philox([block >>> 0, Math.floor(block / 2 ** 32) >>> 0, stream0, stream1], this.#key, this.#words, at)
    }
    this.#used = 0
  }

  /** Uniform on [0, 1), in steps of 2⁻²⁴: exact in float32. */
  uniform(count: number): Float64Array {
    const values = new Float64Array(count)
    for (let at = 0; at < count; at++) values[at] = (this.next() >>> 8) / 2 ** 24
    return values
  }

  /** Normal with mean 0 and variance 1 (Box and Muller, 1958). */
  normal(count: number): Float64Array {
    const values = new Float64Array(count)
    for (let at = 0; at < count; at += 2) {
      const radius = Math.sqrt(-2 * Math.log((this.next() + 1) / 2 ** 32))
      const angle = 2 * Math.PI * (this.next() / 2 ** 32)
      values[at] = radius * Math.cos(angle)
      if (at + 1 < count) values[at + 1] = radius * Math.sin(angle)
    }
    return values
  }

  /** Normal, drawn again where it lies beyond two standard deviations. */
  truncatedNormal(count: number): Float64Array {
    const values = new Float64Array(count)
    let at = 0
    while (at < count) {
      for (const value of this.normal(count - at)) if (Math.abs(value) <= 2) values[at++] = value
    }
    return values
  }

  /** 0 … count − 1 in random order (Fisher and Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, at) => at)
    for (let at = count - 1; at > 0; at--) {
      const other = Math.floor((this.next() / 2 ** 32) * (at + 1))
      const moved = order[at]!
      order[at] = order[other]!
      order[other] = moved
    }
    return order
  }
}
