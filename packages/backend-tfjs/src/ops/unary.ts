import type { Tensor } from '@tensorflow/tfjs-core'
import { add, kernel, mul, step, sub } from '../kernel.ts'
import { isGpu, type Lowering, type Lowerings } from '../lowering.ts'
import { type Pointwise, pointwise } from '../pointwise.ts'

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

/** On a GPU by a shader of our own. */
const precise =
  <Op extends Exclude<Pointwise, 'pow'>>(name: Op, other: Lowering<Op>): Lowering<Op> =>
  (equation, context) => {
    if (!isGpu(context.engine)) return other(equation, context)
    const run = pointwise(name, context.engine)
    return ([x]) => run(x!)
  }

/** ln(1 + x) = x · ln u / (u − 1) with u = 1 + x as rounded (Kahan): wasm takes the logarithm of the rounded sum. */
const log1p: Lowering<'log1p'> = (equation, context) => {
  if (context.engine === 'cpu') return direct('Log1p')(equation, context)
  const one = context.constant(Float32Array.of(1), [], 'float32')
  return ([x]) => {
    const u = add(x!, one)
    const log = kernel('Log', { x: u })
    const none = kernel('Equal', { a: u, b: kernel('OnesLike', { x: u }) })
    const usual = mul(log, kernel('RealDiv', { a: x!, b: sub(u, one) }))
    // ln u overflows with u, where x / (u − 1) is no number.
    const huge = kernel('IsInf', { x: u })
    return kernel('Select', {
      condition: none,
      t: x!,
      e: kernel('Select', { condition: huge, t: log, e: usual }),
    })
  }
}

/** The kernels compute with int32 as with float32, and round: −x = 0 − x, |x| = max(x, −x). */
const whole =
  (name: string, write: (x: Tensor, negative: Tensor) => Tensor): Lowering<'neg' | 'abs'> =>
  (equation, context) => {
    if (equation.outputs[0]!.dtype === 'float32') return direct(name)(equation, context)
    const zero = context.constant(Int32Array.of(0), [], 'int32')
    return ([x]) => write(x!, sub(zero, x!))
  }

/** The kernels say 0 of NaN, and that of wasm says it of what is near 0. */
const sign: Lowering<'sign'> = (equation, context) => {
  if (equation.outputs[0]!.dtype === 'int32') return direct('Sign')(equation, context)
  return ([x]) => sub(step(x!), step(kernel('Neg', { x: x! })))
}

export const unary: Lowerings<Unary> = {
  neg: whole('Neg', (_x, negative) => negative),
  abs: whole('Abs', (a, b) => kernel('Maximum', { a, b })),
  sign,
  floor: direct('Floor'),
  ceil: direct('Ceil'),
  round: direct('Round'),
  exp: precise('exp', direct('Exp')),
  expm1: precise('expm1', direct('Expm1')),
  log: precise('log', direct('Log')),
  log1p: precise('log1p', log1p),
  sqrt: direct('Sqrt'),
  sin: precise('sin', direct('Sin')),
  cos: precise('cos', direct('Cos')),
  tanh: precise('tanh', direct('Tanh')),
  sigmoid: precise('sigmoid', direct('Sigmoid')),
  erf: precise('erf', direct('Erf')),
  not: direct('LogicalNot'),
}
