const LARGEST = 65_504

/** Below it fewer than eleven bits are left. */
const SMALLEST = 2 ** -14

const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** The 16 bits of the float16 nearest to a number, halfway to the even one. */
export function halfBits(value: number): number {
  single[0] = value
  return fromWord(bits[0]!)
}

/** The same, of the bits of a float32. */
function fromWord(float: number): number {
  const sign = (float >>> 16) & 0x8000
  const exponent = (float >>> 23) & 0xff
  const fraction = float & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00 | (fraction ? 0x200 : 0)
  const scaled = exponent - 127 + 15
  if (scaled >= 31) return sign | 0x7c00
  // Below the smallest normal number fewer bits are left of the significand, its leading 1 among them.
  const dropped = scaled > 0 ? 13 : 14 - scaled
  if (dropped > 24) return sign
  const significand = scaled > 0 ? fraction : fraction | 0x800000
  const kept = significand >>> dropped
  const rest = significand & ((1 << dropped) - 1)
  const halfway = 1 << (dropped - 1)
  const up = rest > halfway || (rest === halfway && (kept & 1) === 1) ? 1 : 0
  // A carry out of the fraction is one more in the exponent, as it should be.
  return sign | ((scaled > 0 ? (scaled << 10) | kept : kept) + up)
}

/** Float32 numbers as float16, in the bits that hold them. */
export function toHalves(data: ArrayLike<number>): Uint16Array {
  const floats = data instanceof Float32Array ? data : Float32Array.from(data)
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length)
  const halves = new Uint16Array(words.length)
  for (let at = 0; at < words.length; at++) halves[at] = fromWord(words[at]!)
  return halves
}

/** Whether numbers are still what they are as float16: none overflows, and of few none loses digits. */
export function fitsHalf(data: Float32Array): boolean {
  const isSmall = data.length < 64
  for (const value of data) {
    const size = Math.abs(value)
    if (size > LARGEST && size < Infinity) return false
    if (isSmall && size < SMALLEST && size > 0) return false
  }
  return true
}
