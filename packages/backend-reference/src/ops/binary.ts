import { type Family, type Tensor, zip } from '../tensor.ts'

type Scalar = (x: number, y: number) => number

/** z = f(x, y) in the dtype of both, with a function of its own for integers where they differ. */
const arithmetic =
  (float: Scalar, integer: Scalar = float) =>
  ([x, y]: readonly Tensor[]): readonly Tensor[] => [
    zip(x!, y!, x!.dtype, x!.dtype === 'int32' ? integer : float),
  ]

const truth =
  (holds: (x: number, y: number) => boolean) =>
  ([x, y]: readonly Tensor[]): readonly Tensor[] => [zip(x!, y!, 'bool', (a, b) => (holds(a, b) ? 1 : 0))]

/** Integers wrap around as 32-bit words do, and x / 0 is 0 for them. */
export const binary: Family<'binary'> = {
  add: arithmetic((x, y) => x + y),
  sub: arithmetic((x, y) => x - y),
  mul: arithmetic((x, y) => x * y, Math.imul),
  div: arithmetic(
    (x, y) => x / y,
    (x, y) => Math.trunc(x / y),
  ),
  pow: arithmetic(
    (x, y) => x ** y,
    (x, y) => Math.trunc(x ** y),
  ),
  max: arithmetic(Math.max),
  min: arithmetic(Math.min),
  equal: truth((x, y) => x === y),
  less: truth((x, y) => x < y),
  lessEqual: truth((x, y) => x <= y),
  and: truth((x, y) => x === 1 && y === 1),
  or: truth((x, y) => x === 1 || y === 1),
}
