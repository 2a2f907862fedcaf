import type { HostArray } from '../backend.ts'
import { ShapeError } from '../errors.ts'
import type { Scope } from '../functional/scope.ts'
import type { SymbolicTensor } from '../functional/symbolic-tensor.ts'
import { normalizeAxis } from '../program/builder.ts'
import { broadcastShapes, formatShape } from '../program/dims.ts'
import type { Dim, Value } from '../program/types.ts'
import { define } from './define.ts'
import { list, operands, tensor } from './operands.ts'

type Axes = number | readonly number[]

/** x with axes of size 1 at places of the result. */
function withOnes(b: Scope, x: Value, axis: Axes): Value {
  const places = [axis].flat()
  const rank = x.shape.length + places.length
  const ones = new Set(places.map((at) => normalizeAxis(at, rank)))
  const rest = [...x.shape]
  return b.reshape(
    x,
    Array.from({ length: rank }, (_, at): Dim => (ones.has(at) ? 1 : rest.shift()!)),
  )
}

/** Two axes in each other's place. */
export const swapped = (b: Scope, x: Value, one: number, other: number): Value => {
  const axes = x.shape.map((_, axis) => axis)
  return b.transpose(x, axes.with(one, other).with(other, one))
}

/** x [..., m, k] · y [..., k, n] → [..., m, n], as NumPy has it: leading axes broadcast, vectors are rows or columns. */
function product(b: Scope, x: Value, y: Value): Value {
  if (x.shape.length === 0 || y.shape.length === 0) {
    throw new ShapeError(
      `expected tensors of rank ≥ 1. Received: ${formatShape(x.shape)}, ${formatShape(y.shape)}.`,
    )
  }
  if (x.shape.length === 1) {
    const z = product(b, b.reshape(x, [1, x.shape[0]!]), y)
    return b.reshape(z, z.shape.toSpliced(y.shape.length === 1 ? 0 : -2, 1))
  }
  if (y.shape.length === 1) {
    const z = product(b, x, b.reshape(y, [y.shape[0]!, 1]))
    return b.reshape(z, z.shape.slice(0, -1))
  }
  if (y.shape.length === 2) return b.matmul(x, y)
  const lead = broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2))
  const axes = lead.map((_, axis) => axis)
  const rank = lead.length
  return b.dot(
    b.broadcast(x, [...lead, ...x.shape.slice(-2)]),
    b.broadcast(y, [...lead, ...y.shape.slice(-2)]),
    { contract: [[rank + 1], [rank]], batch: [axes, axes] },
  )
}

/** The same elements in other places, tensors joined, and products. */
export const shapes = {
  /** The same elements in another shape, the batch axis included; one size may be −1 and follows from the others. */
  reshape: define(
    {
      kind: 'numpy.Reshape',
      defaults: { newshape: [] as readonly number[] },
      write: (b, [x], { newshape }) => b.reshapeTo(tensor(x), newshape),
    },
    (x: SymbolicTensor, newshape: readonly number[]) => [[x], { newshape }],
  ),

  /** The axes in another order: from the last to the first where nothing is said. */
  transpose: define(
    {
      kind: 'numpy.Transpose',
      defaults: { axes: null as readonly number[] | null },
      write(b, [given], { axes }) {
        const x = tensor(given)
        const order = axes?.map((axis) => normalizeAxis(axis, x.shape.length))
        return b.transpose(x, order ?? x.shape.map((_, axis) => axis).reverse())
      },
    },
    (x: SymbolicTensor, axes: readonly number[] | null = null) => [[x], { axes }],
  ),

  /** Two axes in each other's place. */
  swapaxes: define(
    {
      kind: 'numpy.Swapaxes',
      defaults: { axis1: 0, axis2: 0 },
      write(b, [given], { axis1, axis2 }) {
        const x = tensor(given)
        const rank = x.shape.length
        return swapped(b, x, normalizeAxis(axis1, rank), normalizeAxis(axis2, rank))
      },
    },
    (x: SymbolicTensor, axis1: number, axis2: number) => [[x], { axis1, axis2 }],
  ),

  /** One axis of size 1, or several, at these places of the result. */
  expandDims: define(
    {
      kind: 'numpy.ExpandDims',
      defaults: { axis: 0 as Axes },
      write: (b, [x], { axis }) => withOnes(b, tensor(x), axis),
    },
    (x: SymbolicTensor, axis: Axes) => [[x], { axis }],
  ),

  /** Without one axis of size 1, or several; without all of them where nothing is said. */
  squeeze: define(
    {
      kind: 'numpy.Squeeze',
      defaults: { axis: null as Axes | null },
      write(b, [given], { axis }) {
        const x = tensor(given)
        const gone = axis === null ? undefined : [axis].flat().map((at) => normalizeAxis(at, x.shape.length))
        for (const at of gone ?? []) {
          if (x.shape[at] !== 1)
            throw new ShapeError(`expected size 1 along axis ${at}. Received: ${formatShape(x.shape)}.`)
        }
        return b.reshape(
          x,
          x.shape.filter((dim, at) => (gone ? !gone.includes(at) : dim !== 1)),
        )
      },
    },
    (x: SymbolicTensor, axis: Axes | null = null) => [[x], { axis }],
  ),

  /** From the last element to the first along one axis or several; along all where nothing is said. */
  flip: define(
    {
      kind: 'numpy.Flip',
      defaults: { axis: null as Axes | null },
      write(b, [given], { axis }) {
        const x = tensor(given)
        const axes = axis === null ? x.shape.map((_, at) => at) : [axis].flat()
        return b.reverse(
          x,
          axes.map((at) => normalizeAxis(at, x.shape.length)),
        )
      },
    },
    (x: SymbolicTensor, axis: Axes | null = null) => [[x], { axis }],
  ),

  /** Tensors one after the other along an axis, the first where nothing is said. */
  concatenate: define(
    {
      kind: 'numpy.Concatenate',
      defaults: { axis: 0 },
      write: (b, [xs], { axis }) => b.concat(operands(b, list(xs), 'bool'), axis),
    },
    (xs: readonly SymbolicTensor[], settings: { readonly axis?: number } = {}) => [[xs], settings],
  ),

  /** Tensors of one shape along a new axis, the first where nothing is said. */
  stack: define(
    {
      kind: 'numpy.Stack',
      defaults: { axis: 0 },
      write(b, [xs], { axis }) {
        const parts = operands(b, list(xs), 'bool')
        const rank = parts[0]!.shape.length + 1
        return b.concat(
          parts.map((x) => withOnes(b, x, axis)),
          normalizeAxis(axis, rank),
        )
      },
    },
    (xs: readonly SymbolicTensor[], settings: { readonly axis?: number } = {}) => [[xs], settings],
  ),

  /** The matrix product: [..., m, k] · [..., k, n] → [..., m, n]. */
  matmul: define(
    {
      kind: 'numpy.Matmul',
      defaults: {},
      write(b, [left, right]) {
        const [x, y] = operands(b, [left, right], 'float32')
        return product(b, x!, y!)
      },
    },
    (x: SymbolicTensor | HostArray, y: SymbolicTensor | HostArray) => [[x, y]],
  ),
}
