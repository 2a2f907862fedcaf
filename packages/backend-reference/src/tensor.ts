import {
  broadcastShapes,
  concrete,
  type DType,
  type families,
  type Interpreter,
  type OpName,
  sizeOf,
  stridesOf,
  type TensorType,
} from '@fn/core'

/** A row-major array. float32 is held, and computed with, in float64. No op writes into its operands. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly data: Elements
}

export type Elements = Float64Array | Int32Array | Uint8Array

/** The part of the interpreter that runs one of core's families of ops. */
export type Family<Name extends keyof typeof families> = Pick<
  Interpreter<Tensor>,
  keyof (typeof families)[Name] & OpName
>

/** A tensor of zeros. */
export function allocate({ shape, dtype }: TensorType): Tensor {
  const size = sizeOf(concrete(shape))
  const data =
    dtype === 'float32'
      ? new Float64Array(size)
      : dtype === 'int32'
        ? new Int32Array(size)
        : new Uint8Array(size)
  return { shape: concrete(shape), dtype, data }
}

/**
 * Where the elements of a row-major walk over `shape` lie in an array of the given strides, which may be 0 (an
 * axis that is repeated) or negative (one that runs backward): start + Σ index · stride.
 */
export function offsets(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  const at = new Int32Array(sizeOf(shape)).fill(start, 0, 1)
  let filled = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    for (let index = 1; index < shape[axis]!; index++) {
      const shift = index * strides[axis]!
      for (let inner = 0; inner < filled; inner++) at[index * filled + inner] = at[inner]! + shift
    }
    filled *= shape[axis]!
  }
  return at
}

/** Where the elements of an array of shape `to` lie in one of shape `from` that is broadcast to it. */
export function broadcastOffsets(from: readonly number[], to: readonly number[]): Int32Array {
  const own = stridesOf(from)
  const lead = to.length - from.length
  return offsets(
    to,
    to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : own[axis - lead]!)),
  )
}

/** The elements of x at the given offsets, as a tensor of that shape. */
export function gather(x: Tensor, shape: readonly number[], at: Int32Array): Tensor {
  const out = allocate({ shape, dtype: x.dtype })
  for (let i = 0; i < at.length; i++) out.data[i] = x.data[at[i]!]!
  return out
}

/** f at every pair of elements, broadcast. */
export function zip(x: Tensor, y: Tensor, dtype: DType, f: (x: number, y: number) => number): Tensor {
  const out = allocate({ shape: broadcastShapes(x.shape, y.shape), dtype })
  const [ofX, ofY] = [broadcastOffsets(x.shape, out.shape), broadcastOffsets(y.shape, out.shape)]
  for (let i = 0; i < out.data.length; i++) out.data[i] = f(x.data[ofX[i]!]!, y.data[ofY[i]!]!)
  return out
}

/** f at every element. */
export function map(x: Tensor, dtype: DType, f: (x: number) => number): Tensor {
  const out = allocate({ shape: x.shape, dtype })
  for (let i = 0; i < out.data.length; i++) out.data[i] = f(x.data[i]!)
  return out
}
