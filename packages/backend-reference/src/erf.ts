/** Below it the series is the shorter one, above it the continued fraction. */
const BORDER = 2
/** Levels of the continued fraction; at the border the next ones change erf by less than 2⁻⁵³. */
const LEVELS = 60

/**
 * erf(x) = 2/√π ∫₀ˣ exp(−t²) dt with a relative error below 10⁻¹⁵.
 *
 * Near zero by the series 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!, whose terms all have the sign of x (Abramowitz and
 * Stegun 7.1.6); beyond by 1 − erfc(x) with erfc(x) = exp(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + 2/(x + …)))))
 * (7.1.14).
 */
export function erf(x: number): number {
  const distance = Math.abs(x)
  if (!(distance < BORDER)) return Math.sign(x) * (1 - complement(distance))
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 2 ** -54; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** erfc(x) for x ≥ 2. */
function complement(x: number): number {
  let fraction = x
  for (let level = LEVELS; level >= 1; level--) fraction = x + level / 2 / fraction
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction)
}
