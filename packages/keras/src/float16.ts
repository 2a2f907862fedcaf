/** The number that the 16 bits of a float16 stand for: (−1)ˢ · 2ᵉ⁻¹⁵ · 1.m, or (−1)ˢ · 2⁻¹⁴ · 0.m where e = 0; e = 31 is ∞ or NaN. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const fraction = half & 0x3ff
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * 2 ** (exponent - 25) * (1024 + fraction)
}
