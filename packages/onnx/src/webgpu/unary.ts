import type { Equation, Shape } from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import type { Tensor } from '../graph/types.ts'
import type { Operand } from '../operand/operand.ts'

// WGSL promises of some functions no more than a small absolute error: of tanh 10⁻⁵, of log between ½ and 2 2⁻²¹, of sin
// and cos 2⁻¹¹; and no infinities. What is near 0 is written as a series here, so that it is right in all its digits.

type Write = (x: Tensor, shape: Shape) => Tensor

type Rewritten = 'sin' | 'cos' | 'tanh' | 'erf' | 'expm1' | 'log' | 'log1p'

/** The functions of one number that the WebGPU provider of ONNX Runtime computes with too large an error. */
export function webgpuUnary(emission: Emission): Pick<Family<'unary'>, Rewritten> {
  const { graph } = emission

  const composed =
    (write: Write) =>
    (inputs: readonly Operand[], _attrs: unknown, equation: Equation): readonly Operand[] =>
      emission.elementwise(equation, inputs, ([x], shape) => write(x!, shape))

  /** c₀ + x (c₁ + x (c₂ + …)) */
  const polynomial = (x: Tensor, coefficients: readonly number[]): Tensor => {
    const f = emission.chain(x.shape)
    const [last, next, ...others] = coefficients.toReversed()
    return others.reduce<Tensor>(
      (sum, coefficient) => f('Add', f('Mul', sum, x), coefficient),
      f('Add', f('Mul', x, last!), next!),
    )
  }

  const where = (condition: Tensor, x: Tensor, y: Tensor): Tensor =>
    graph.one('Where', [condition, x, y], { shape: condition.shape, dtype: 'float32' })

  const isLess = (x: Tensor, bound: number): Tensor =>
    graph.one('Less', [x, graph.scalar(bound)], { shape: x.shape, dtype: 'bool' })

  /** x (c₀ + c₁x² + …) where |x| is small, else f(x). */
  const odd =
    (op: string, bound: number, coefficients: readonly number[]): Write =>
    (x, shape) => {
      const f = emission.chain(shape)
      const square = f('Mul', x, x)
      const near = f('Mul', polynomial(square, coefficients), x)
      return where(isLess(square, bound ** 2), near, f(op, x))
    }

  /** ln u with u = 1 + d. */
  const log = (d: Tensor, u: Tensor): Tensor => {
    const f = emission.chain(u.shape)
    const series = Array.from({ length: 8 }, (_, at) => (-1) ** at / (at + 1))
    // d − d² / 2 + d³ / 3 − …
    const near = f('Mul', polynomial(d, series), d)
    const positive = where(isLess(f('Abs', d), 0.15), near, where(isLess(u, LARGEST), f('Log', u), u))
    const isZero = graph.one('Equal', [u, graph.scalar(0)], { shape: u.shape, dtype: 'bool' })
    const other = where(isZero, graph.scalar(-Infinity), graph.scalar(Number.NaN))
    const isPositive = graph.one('Less', [graph.scalar(0), u], { shape: u.shape, dtype: 'bool' })
    return where(isPositive, positive, other)
  }

  return {
    // With whole k and r = x − kπ, sin x = (−1)ᵏ sin r; with r = x − (k + ½)π, cos x = −(−1)ᵏ sin r.
    sin: composed((x, shape) => turned(x, shape, 0)),
    cos: composed((x, shape) => turned(x, shape, 0.5)),
    tanh: composed(odd('Tanh', 0.05, [1, -1 / 3, 2 / 15])),
    // 2 / √π (x − x³ / 3 + x⁵ / 10)
    erf: composed(
      odd(
        'Erf',
        0.05,
        [1, -1 / 3, 1 / 10].map((c) => (2 / Math.sqrt(Math.PI)) * c),
      ),
    ),
    // x + x² / 2! + x³ / 3! + …
    expm1: composed((x, shape) => {
      const f = emission.chain(shape)
      const size = f('Abs', x)
      const near = f('Mul', polynomial(x, [1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040]), x)
      const isFar = graph.one('Less', [graph.scalar(0.25), size], { shape, dtype: 'bool' })
      // What is neither is no number.
      return where(isFar, f('Sub', f('Exp', x), 1), where(isLess(size, 0.3), near, x))
    }),
    log: composed((x, shape) => log(emission.chain(shape)('Sub', x, 1), x)),
    log1p: composed((x, shape) => log(x, emission.chain(shape)('Add', x, 1))),
  }

  function turned(x: Tensor, shape: Shape, half: 0 | 0.5): Tensor {
    const f = emission.chain(shape)
    const k = f('Round', f('Sub', f('Mul', x, 1 / Math.PI), half))
    const turns = half === 0 ? k : f('Add', k, half)
    // π in parts of which the first two have few enough digits that their products with k are exact.
    const r = PI.reduce<Tensor>((rest, part) => f('Sub', rest, f('Mul', turns, part)), x)
    const sine = f('Mul', polynomial(f('Mul', r, r), SINE), r)
    const isOdd = f('Sub', k, f('Mul', f('Floor', f('Mul', k, 0.5)), 2))
    const sign = f('Sub', 1, f('Mul', isOdd, 2))
    return f('Mul', sine, half === 0 ? sign : f('Neg', sign))
  }
}

/** Of the finite float32. */
const LARGEST = 3.4028234663852886e38

const PI = [3.140625, 9.675025939941406e-4, 1.509957990978376e-7]

/** 1 / 1!, −1 / 3!, 1 / 5!, … */
const SINE = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362_880, -1 / 39_916_800]
