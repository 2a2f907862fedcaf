import { concrete, sizeOf } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { collapse } from '../collapse.ts'
import { cast, concat, kernel, MOST_AXES, pad, reshape, slice, stridedSlice, transpose } from '../kernel.ts'
import type { Lowering, Lowerings } from '../lowering.ts'

type Move = 'reshape' | 'transpose' | 'broadcast' | 'slice' | 'pad' | 'concat' | 'reverse'

/**
 * Kernels of wasm that move elements take them for four bytes wide, and write beyond tensors of truth values, which
 * are one byte wide. These go as int32.
 */
export const asBytes4 = (x: Tensor, move_: (x: Tensor) => Tensor): Tensor =>
  x.dtype === 'bool' ? cast(move_(cast(x, 'int32')), 'bool') : move_(x)

/** x repeated to a larger shape, by NumPy's rule. */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  const [from, to] = collapse([x.shape, shape])
  const axes = to!.flatMap((dim, axis) => (from![axis] === dim ? [] : [axis]))
  if (axes.length === 0) return reshape(x, shape)
  const tile = (wide: Tensor): Tensor => {
    if (to!.length <= MOST_AXES)
      return kernel('Tile', { x: wide }, { reps: to!.map((dim, axis) => (axes.includes(axis) ? dim : 1)) })
    // One axis after the other, from the last.
    return axes.reduceRight((made, axis) => {
      const [before, rep] = [sizeOf(from!.slice(0, axis)), to![axis]!]
      return kernel('Tile', { x: reshape(made, [before, 1, made.size / before]) }, { reps: [1, rep, 1] })
    }, wide)
  }
  return reshape(asBytes4(reshape(x, from!), tile), shape)
}

/** Every stride-th element from each start on, by plain slices of a reshaped tensor. */
function everyNth(
  x: Tensor,
  starts: readonly number[],
  ends: readonly number[],
  strides: readonly number[],
): Tensor {
  let rest = slice(
    x,
    starts,
    ends.map((end, axis) => end - starts[axis]!),
  )
  strides.forEach((stride, axis) => {
    if (stride === 1) return
    const shape = rest.shape
    const count = Math.ceil(shape[axis]! / stride)
    const [before, after] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))]
    const flat = pad(reshape(rest, [before, shape[axis]!, after]), [
      [0, 0],
      [0, count * stride - shape[axis]!],
      [0, 0],
    ])
    const first = slice(reshape(flat, [before * count, stride, after]), [0, 0, 0], [before * count, 1, after])
    rest = reshape(
      first,
      shape.map((dim, at) => (at === axis ? count : dim)),
    )
  })
  return rest
}

const slicing: Lowering<'slice'> = ({ inputs, attrs, outputs }, { engine }) => {
  const { ends, strides } = attrs
  const starts = concrete(attrs.starts)
  const sizes = concrete(inputs[0]!.shape)
  const end = concrete(ends.map((stop, axis) => stop ?? sizes[axis]!))
  if (strides.every((stride) => stride === 1)) return ([x]) => slice(x!, starts, concrete(outputs[0]!.shape))
  // StridedSlice of wasm calls its result float32, whatever it is.
  // That of webgpu does not compile for five axes.
  if ((engine === 'wasm' && outputs[0]!.dtype !== 'float32') || sizes.length > MOST_AXES)
    return ([x]) => everyNth(x!, starts, end, strides)
  return ([x]) => stridedSlice(x!, starts, end, strides)
}

function reverse(x: Tensor, axes: readonly number[]): Tensor {
  const { shape } = x
  if (shape.length <= MOST_AXES) return kernel('Reverse', { x }, { dims: [...axes] })
  const turned = axes.reduce((made, axis) => {
    const [before, after] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))]
    return kernel('Reverse', { x: reshape(made, [before, shape[axis]!, after]) }, { dims: [1] })
  }, x)
  return reshape(turned, shape)
}

export const move: Lowerings<Move> = {
  reshape:
    ({ outputs }) =>
    ([x]) =>
      reshape(x!, concrete(outputs[0]!.shape)),
  transpose:
    ({ attrs: { permutation } }) =>
    ([x]) =>
      asBytes4(x!, (wide) => transpose(wide, permutation)),
  broadcast:
    ({ outputs }) =>
    ([x]) =>
      broadcastTo(x!, concrete(outputs[0]!.shape)),
  slice: (equation, context) => {
    const run = slicing(equation, context)
    return ([x]) => asBytes4(x!, (wide) => run([wide]))
  },
  pad: ({ attrs: { low, high, value } }) => {
    const after = concrete(high)
    const amounts = concrete(low).map((before, axis) => [before, after[axis]!] as const)
    return ([x]) => asBytes4(x!, (wide) => pad(wide, amounts, value))
  },
  concat: ({ attrs: { axis }, outputs }) => {
    if (outputs[0]!.dtype !== 'bool') return (inputs) => concat(inputs, axis)
    return (inputs) =>
      cast(
        concat(
          inputs.map((input) => cast(input, 'int32')),
          axis,
        ),
        'bool',
      )
  },
  reverse:
    ({ attrs: { axes } }) =>
    ([x]) =>
      asBytes4(x!, (wide) => reverse(wide, axes)),
}
