import {
  concrete,
  type DType,
  type Equation,
  type EquationOf,
  type HostArray,
  type HostData,
  isConcrete,
  type OpName,
  sizeOf,
  stridesOf,
} from '@fn/core'
import { strided } from './strided.ts'

type Evaluation<Op extends OpName> = (
  inputs: readonly HostArray[],
  equation: EquationOf<Op>,
  shape: readonly number[],
) => HostData | undefined

/** Beyond it numbers are kept as float32: what is made of them is rounded once more, at most. */
const LARGEST_EXACT = 65_536

function room(dtype: DType, size: number): HostData {
  if (dtype === 'int32') return new Int32Array(size)
  if (dtype === 'bool') return new Uint8Array(size)
  return size > LARGEST_EXACT ? new Float32Array(size) : new Float64Array(size)
}

const unary =
  (f: (x: number) => number): Evaluation<OpName> =>
  ([x], { outputs: [y] }) => {
    const { data } = x!
    const made = room(y!.dtype, data.length)
    for (let at = 0; at < made.length; at++) made[at] = f(data[at]!)
    return made
  }

/** What stands at each place of a shape in an array that broadcasts to it. */
function spread({ data, shape }: HostArray, to: readonly number[]): HostData {
  if (data.length === sizeOf(to)) return data
  const own = stridesOf(shape)
  const lead = to.length - shape.length
  return strided(
    data,
    to,
    to.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : own[axis - lead]!)),
  )
}

const binary =
  (f: (x: number, y: number) => number): Evaluation<OpName> =>
  ([x, y], { outputs: [z] }, shape) => {
    // Division, powers and overflow of integers are left to the engines.
    if (x!.dtype === 'int32' && z!.dtype === 'int32') return undefined
    const [left, right] = [spread(x!, shape), spread(y!, shape)]
    const made = room(z!.dtype, left.length)
    for (let at = 0; at < made.length; at++) made[at] = f(left[at]!, right[at]!)
    return made
  }

/** Along which elements of x each element of the reduction goes: these axes last. */
const reduction =
  (f: (x: number, y: number) => number): Evaluation<'reduceSum' | 'reduceMax' | 'reduceMin'> =>
  ([x], { attrs: { axes } }, shape) => {
    if (x!.dtype !== 'float32') return undefined
    const all = x!.shape.map((_, axis) => axis)
    const order = [...all.filter((axis) => !axes.includes(axis)), ...axes]
    const strides = stridesOf(x!.shape)
    const rows = strided(
      x!.data,
      order.map((axis) => x!.shape[axis]!),
      order.map((axis) => strides[axis]!),
    )
    const made = room('float32', sizeOf(shape))
    const length = rows.length / made.length
    if (!Number.isInteger(length) || length === 0) return undefined
    for (let at = 0; at < made.length; at++) {
      let reduced = rows[at * length]!
      for (let place = at * length + 1; place < (at + 1) * length; place++) reduced = f(reduced, rows[place]!)
      made[at] = reduced
    }
    return made
  }

/** The ops that are worked out when the graph is written, where all of their operands are known. */
export const evaluations: { readonly [Op in OpName]?: Evaluation<Op> } = {
  neg: unary((x) => -x),
  abs: unary(Math.abs),
  sign: unary(Math.sign),
  floor: unary(Math.floor),
  ceil: unary(Math.ceil),
  exp: unary(Math.exp),
  expm1: unary(Math.expm1),
  log: unary(Math.log),
  log1p: unary(Math.log1p),
  sqrt: unary(Math.sqrt),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tanh: unary(Math.tanh),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  not: unary((x) => 1 - x),
  add: binary((x, y) => x + y),
  sub: binary((x, y) => x - y),
  mul: binary((x, y) => x * y),
  div: binary((x, y) => x / y),
  pow: binary((x, y) => x ** y),
  max: binary(Math.max),
  min: binary(Math.min),
  equal: binary((x, y) => Number(x === y)),
  less: binary((x, y) => Number(x < y)),
  lessEqual: binary((x, y) => Number(x <= y)),
  and: binary((x, y) => x && y),
  or: binary((x, y) => x || y),
  select([condition, x, y], { outputs: [z] }, shape) {
    const [choices, left, right] = [spread(condition!, shape), spread(x!, shape), spread(y!, shape)]
    const made = room(z!.dtype, choices.length)
    for (let at = 0; at < made.length; at++) made[at] = choices[at] ? left[at]! : right[at]!
    return made
  },
  cast([x], { attrs: { dtype } }) {
    const { data } = x!
    const made = room(dtype, data.length)
    // Numbers beyond those of int32 are left to the engines.
    if (dtype === 'int32' && data.some((value: number) => Math.abs(value) >= 2 ** 31 || Number.isNaN(value)))
      return undefined
    for (let at = 0; at < made.length; at++) made[at] = dtype === 'bool' ? Number(data[at] !== 0) : data[at]!
    return made
  },
  reduceSum: reduction((x, y) => x + y),
  reduceMax: reduction(Math.max),
  reduceMin: reduction(Math.min),
  reshape: ([x]) => x!.data,
  transpose([x], { attrs: { permutation } }, shape) {
    const strides = stridesOf(x!.shape)
    return strided(
      x!.data,
      shape,
      permutation.map((axis) => strides[axis]!),
    )
  },
  broadcast: ([x], _equation, shape) => spread(x!, shape),
  slice([x], { attrs: { starts, strides: steps } }, shape) {
    const strides = stridesOf(x!.shape)
    const start = concrete(starts).reduce((sum, from, axis) => sum + from * strides[axis]!, 0)
    return strided(
      x!.data,
      shape,
      strides.map((stride, axis) => stride * steps[axis]!),
      start,
    )
  },
  reverse([x], { attrs: { axes } }, shape) {
    const strides = stridesOf(shape)
    const start = axes.reduce((sum, axis) => sum + (shape[axis]! - 1) * strides[axis]!, 0)
    return strided(
      x!.data,
      shape,
      strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
      start,
    )
  },
  concat(inputs, { attrs: { axis }, outputs: [y] }, shape) {
    const made = room(y!.dtype, sizeOf(shape))
    const outer = sizeOf(shape.slice(0, axis))
    let place = 0
    for (let row = 0; row < outer; row++) {
      for (const { data } of inputs) {
        const length = data.length / outer
        made.set(data.subarray(row * length, (row + 1) * length), place)
        place += length
      }
    }
    return made
  },
  gather([x, indices], { outputs: [y] }, shape) {
    const size = sizeOf(x!.shape.slice(1))
    const made = room(y!.dtype, sizeOf(shape))
    // Row numbers that are not there are left to the engine to refuse.
    if (indices!.data.some((at: number) => at < 0 || at >= x!.shape[0]!)) return undefined
    indices!.data.forEach((row: number, at: number) => {
      made.set(x!.data.subarray(row * size, (row + 1) * size), at * size)
    })
    return made
  },
  stopGradient: ([x]) => x!.data,
}

/** What an equation makes of arrays; undefined where that is left to the engines. */
export function evaluate(equation: Equation, inputs: readonly HostArray[]): HostArray | undefined {
  const evaluation = evaluations[equation.op] as Evaluation<OpName> | undefined
  const { shape, dtype } = equation.outputs[0]!
  if (evaluation === undefined || !isConcrete(shape)) return undefined
  const data = evaluation(inputs, equation as EquationOf<OpName>, shape)
  return data && { shape, dtype, data }
}
