import { erf } from '../erf.ts'
import { type Family, map, type Tensor } from '../tensor.ts'

/** y = f(x) in the dtype of x. */
const elementwise =
  (f: (x: number) => number) =>
  ([x]: readonly Tensor[]): readonly Tensor[] => [map(x!, x!.dtype, f)]

/** To the nearest integer, halves to the even one. Math.round takes halves upward. */
function roundHalfEven(x: number): number {
  const rounded = Math.round(x)
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

export const unary: Family<'unary'> = {
  neg: elementwise((x) => -x),
  abs: elementwise(Math.abs),
  sign: elementwise(Math.sign),
  floor: elementwise(Math.floor),
  ceil: elementwise(Math.ceil),
  round: elementwise(roundHalfEven),
  exp: elementwise(Math.exp),
  expm1: elementwise(Math.expm1),
  log: elementwise(Math.log),
  log1p: elementwise(Math.log1p),
  sqrt: elementwise(Math.sqrt),
  sin: elementwise(Math.sin),
  cos: elementwise(Math.cos),
  tanh: elementwise(Math.tanh),
  sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
  erf: elementwise(erf),
  not: elementwise((x) => 1 - x),
}
