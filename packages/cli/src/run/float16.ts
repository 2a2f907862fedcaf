// IEEE 754 binary16: a sign, five bits of exponent (biased by 15), ten of fraction.

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** The nearest half, as its bits; of two equally near ones that which ends in 0. */
export function toHalf(value: number): number {
  float[0] = value
  const [word] = bits as unknown as [number]
  const sign = (word >>> 16) & 0x8000
  const exponent = ((word >>> 23) & 0xff) - 127 + 15
  if (exponent >= 31) return sign | (Number.isNaN(value) ? 0x7e00 : 0x7c00)
  if (exponent < -10) return sign
  // Below 2⁻¹⁴ the leading 1 is written out.
  const significand = exponent > 0 ? word & 0x7fffff : (word & 0x7fffff) | 0x800000
  const shift = exponent > 0 ? 13 : 14 - exponent
  const kept = significand >>> shift
  const rest = significand & ((1 << shift) - 1)
  const middle = 1 << (shift - 1)
  const up = rest > middle || (rest === middle && (kept & 1) === 1)
  // A carry out of the fraction goes into the exponent, as it should.
  return sign | ((Math.max(exponent, 0) << 10) + kept + Number(up))
}

export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 31
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
