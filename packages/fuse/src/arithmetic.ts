import type { DType, Equation, OpName } from '@fn/core'
import type { FunctionWriter, Local, Operand } from './assembler.ts'

type Emit = (w: FunctionWriter, ...operands: readonly Local[]) => Local

/** c₀ + x(c₁ + x(c₂ + …)) */
const polynomial = (w: FunctionWriter, x: Local, coefficients: readonly Operand[]): Operand =>
  coefficients.reduceRight((sum, coefficient) => w.add(w.mul(sum, x), coefficient))

/** eˣ = 2ⁿ eʳ with n = round(x / ln 2), |r| ≤ ln 2 / 2, ln 2 in two parts (Cephes). 2ⁿ in two factors: n may be 128. */
const exp: Emit = (w, given) => {
  const x = w.compute('min', w.compute('max', given!, -104), 89)
  const n = w.compute('nearest', w.mul(x, Math.LOG2E))
  const r = w.sub(w.sub(x, w.mul(n, 0.693359375)), w.mul(n, -2.1219444e-4))
  const tail = polynomial(
    w,
    r,
    [5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4],
  )
  const e = w.add(w.add(w.mul(tail, w.mul(r, r)), r), 1)
  const whole = w.compute('toIntegers', n)
  const half = w.shift('shiftRight', whole, 1)
  const power = (k: Local): Local => w.shift('shiftLeft', w.compute('addIntegers', k, w.integer(127)), 23)
  return w.mul(w.mul(e, power(half)), power(w.compute('subIntegers', whole, half)))
}

/** σ(x) = 1 / (1 + e⁻ˣ) */
const sigmoid: Emit = (w, x) => w.div(1, w.add(1, exp(w, w.compute('neg', x!))))

/** Of |x| an odd polynomial near 0 (Cephes), else 1 − 2 / (e²ˣ + 1); with the sign of x. */
const tanh: Emit = (w, x) => {
  const size = w.compute('abs', x!)
  const square = w.mul(size, size)
  const tail = polynomial(
    w,
    square,
    [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3],
  )
  const small = w.add(size, w.mul(size, w.mul(square, tail)))
  const large = w.sub(1, w.div(2, w.add(exp(w, w.add(size, size)), 1)))
  const either = w.compute('select', small, large, w.compute('less', size, 0.625))
  return w.compute('or', either, w.compute('and', x!, w.integer(0x80000000)))
}

const direct =
  (op: Parameters<FunctionWriter['compute']>[0]): Emit =>
  (w, ...operands) =>
    w.compute(op, ...operands)

const emits: { readonly [Name in OpName | 'relu' | 'step']?: Emit } = {
  neg: direct('neg'),
  abs: direct('abs'),
  floor: direct('floor'),
  ceil: direct('ceil'),
  round: direct('nearest'),
  sqrt: direct('sqrt'),
  add: direct('add'),
  sub: direct('sub'),
  mul: direct('mul'),
  div: direct('div'),
  min: direct('min'),
  max: direct('max'),
  equal: direct('equal'),
  less: direct('less'),
  lessEqual: direct('lessEqual'),
  and: direct('and'),
  or: direct('or'),
  not: direct('not'),
  select: (w, condition, x, y) => w.compute('select', x!, y!, condition!),
  exp,
  sigmoid,
  tanh,
  relu: (w, x) => w.compute('max', x!, 0),
  step: (w, x) => w.compute('and', w.compute('greater', x!, 0), 1),
}

/** What else than numbers alone is read. */
const dtypes: { readonly [Name in OpName]?: readonly DType[] } = {
  and: ['bool', 'bool'],
  or: ['bool', 'bool'],
  not: ['bool'],
  select: ['bool', 'float32', 'float32'],
}

/** Truth values are all bits of a number, or none. */
const casts: { readonly [FromTo in string]?: Emit } = {
  'bool float32': (w, mask) => w.compute('and', mask!, 1),
  'float32 bool': (w, x) => w.compute('isOther', x!, 0),
}

const nameOf = (equation: Equation): string => (equation.op === 'call' ? equation.attrs.name : equation.op)

/** How an equation computes one element of its output from one of each operand; undefined if it does not, or not here. */
export function emitOf(equation: Equation): Emit | undefined {
  const given = equation.inputs.map(({ dtype }) => dtype)
  if (equation.op === 'cast') return casts[`${given[0]} ${equation.attrs.dtype}`]
  const name = nameOf(equation)
  if (!Object.hasOwn(emits, name)) return undefined
  const expected = dtypes[name as OpName] ?? given.map(() => 'float32')
  return given.join() === expected.join() ? emits[name as OpName] : undefined
}

/**
 * Those of which one alone is computed here: for tanh the kernel takes 10 × as long, for exp 4 ×; those of max and min
 * forget NaN.
 */
const costly: ReadonlySet<string> = new Set(['exp', 'tanh', 'max', 'min'])

export const isCostly = (equation: Equation): boolean => costly.has(nameOf(equation))
