import { add, kernel, mul, sub } from '../kernel.ts'
import { isGpu, type Lowering, type Lowerings } from '../lowering.ts'
import { circular } from './circular.ts'

type Unary =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'not'

const direct =
  (name: string): Lowering<Unary> =>
  () =>
  ([x]) =>
    kernel(name, { x: x! })

/** ln(1 + x) = x · ln u / (u − 1) with u = 1 + x as rounded (Kahan): wasm takes the logarithm of the rounded sum. */
const log1p: Lowering<'log1p'> = (equation, context) => {
  if (context.engine === 'cpu') return direct('Log1p')(equation, context)
  const one = context.constant(Float32Array.of(1), [], 'float32')
  return ([x]) => {
    const u = add(x!, one)
    const step = sub(u, one)
    const none = kernel('Equal', { a: u, b: kernel('OnesLike', { x: u }) })
    const usual = mul(kernel('Log', { x: u }), kernel('RealDiv', { a: x!, b: step }))
    // ln u overflows with u, where x / (u − 1) is no number.
    const huge = kernel('IsInf', { x: u })
    return kernel('Select', {
      condition: none,
      t: x!,
      e: kernel('Select', { condition: huge, t: u, e: usual }),
    })
  }
}

const turning =
  (name: string, shift: 0 | 1): Lowering<'sin' | 'cos'> =>
  (equation, context) => {
    if (!isGpu(context.engine)) return direct(name)(equation, context)
    const run = circular(shift, context)
    return ([x]) => run(x!)
  }

export const unary: Lowerings<Unary> = {
  neg: direct('Neg'),
  abs: direct('Abs'),
  sign: direct('Sign'),
  floor: direct('Floor'),
  ceil: direct('Ceil'),
  round: direct('Round'),
  exp: direct('Exp'),
  expm1: direct('Expm1'),
  log: direct('Log'),
  log1p,
  sqrt: direct('Sqrt'),
  sin: turning('Sin', 0),
  cos: turning('Cos', 1),
  tanh: direct('Tanh'),
  sigmoid: direct('Sigmoid'),
  erf: direct('Erf'),
  not: direct('LogicalNot'),
}
