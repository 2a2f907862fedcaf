import type { Tensor } from '@tensorflow/tfjs-core'
import { add, kernel, mul, sub } from '../kernel.ts'
import type { Context } from '../lowering.ts'

/** π/2 in three parts, of which the multiples of the first two are exact in float32 (Cody and Waite). */
const QUARTER = [1.5703125, 4.837512969970703e-4, 7.549789948768648e-8] as const
/** sin r = r + r³ · P(r²), and cos r = 1 − r² / 2 + r⁴ · Q(r²), on [−π/4, π/4] (Cephes, sinf). */
const [P, Q] = [
  [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4],
  [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5],
] as const

/**
 * sin(x + shift · π/2). GPUs promise no more than 2⁻¹¹ for theirs (WGSL, "Accuracy of built-in functions").
 *
 * With k = round(x · 2/π) and r = x − k · π/2 it is ±sin r where k + shift is even, else ±cos r.
 */
export function circular(shift: 0 | 1, context: Context): (x: Tensor) => Tensor {
  const numbers = new Map<number, Tensor>()
  const n = (value: number): Tensor => {
    if (!numbers.has(value)) numbers.set(value, context.constant(Float32Array.of(value), [], 'float32'))
    return numbers.get(value)!
  }
  const polynomial = ([a, b, c]: readonly [number, number, number], x: Tensor): Tensor =>
    add(mul(add(mul(n(c), x), n(b)), x), n(a))
  /** k mod 2, and ⌊k / 2⌋ */
  const halved = (k: Tensor): readonly [Tensor, Tensor] => {
    const half = kernel('Floor', { x: mul(k, n(0.5)) })
    return [sub(k, add(half, half)), half]
  }
  for (const value of [0.5, 1, 2 / Math.PI, shift, ...QUARTER, ...P, ...Q]) n(value)
  return (x) => {
    const k = kernel('Round', { x: mul(x, n(2 / Math.PI)) })
    const r = QUARTER.reduce((rest, part) => sub(rest, mul(k, n(part))), x)
    const square = mul(r, r)
    const sine = add(r, mul(mul(r, square), polynomial(P, square)))
    const cosine = add(sub(n(1), mul(n(0.5), square)), mul(mul(square, square), polynomial(Q, square)))
    const [isOdd, half] = halved(add(k, n(shift)))
    const [isNegative] = halved(half)
    const size = add(sine, mul(isOdd, sub(cosine, sine)))
    return mul(size, sub(n(1), add(isNegative, isNegative)))
  }
}
