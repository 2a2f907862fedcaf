const LARGEST = 65_504

/** Below it fewer than eleven bits are left. */
const SMALLEST = 2 ** -14

const bits = new DataView(new ArrayBuffer(4))

/** The 16 bits of the float16 nearest to a number, halfway to the even one. */
export function halfBits(value: number): number {
  bits.setFloat32(0, value)
  const float = bits.getUint32(0)
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
export const toHalves = (data: ArrayLike<number>): Uint16Array => Uint16Array.from(data, halfBits)

/** Whether numbers are still what they are as float16: none overflows, and of few none loses digits. */
export function fitsHalf(data: Float32Array): boolean {
  const small = data.length < 64
  return data.every((value) => {
    if (!Number.isFinite(value) || value === 0) return true
    return Math.abs(value) <= LARGEST && !(small && Math.abs(value) < SMALLEST)
  })
}
