import { concrete, stridesOf } from '@fn/core'
import { allocate, broadcastOffsets, type Family, gather, offsets, type Tensor } from '../tensor.ts'

/** Σ index · stride */
const offsetOf = (index: readonly number[], strides: readonly number[]): number =>
  index.reduce((sum, at, axis) => sum + at * strides[axis]!, 0)

/** Writes x into a block of a larger tensor that begins at `start`. */
function place(x: Tensor, into: Tensor, start: readonly number[]): void {
  const strides = stridesOf(into.shape)
  const to = offsets(x.shape, strides, offsetOf(start, strides))
  for (let i = 0; i < to.length; i++) into.data[to[i]!] = x.data[i]!
}

export const move: Family<'move'> = {
  reshape: ([x], { shape }) => [{ ...x!, shape: concrete(shape) }],

  transpose([x], { permutation }, { outputs: [type] }) {
    const shape = concrete(type!.shape)
    const strides = stridesOf(x!.shape)
    const from = offsets(
      shape,
      permutation.map((axis) => strides[axis]!),
    )
    return [gather(x!, shape, from)]
  },

  broadcast: ([x], { shape }) => [gather(x!, concrete(shape), broadcastOffsets(x!.shape, concrete(shape)))],

  slice([x], { starts, strides: steps }, { outputs: [type] }) {
    const shape = concrete(type!.shape)
    const strides = stridesOf(x!.shape)
    const from = offsets(
      shape,
      strides.map((stride, axis) => stride * steps[axis]!),
      offsetOf(concrete(starts), strides),
    )
    return [gather(x!, shape, from)]
  },

  pad([x], { low, value }, { outputs: [type] }) {
    const out = allocate(type!)
    out.data.fill(value)
    place(x!, out, concrete(low))
    return [out]
  },

  concat(inputs, { axis }, { outputs: [type] }) {
    const out = allocate(type!)
    let start = 0
    for (const x of inputs) {
      place(
        x,
        out,
        x.shape.map((_, at) => (at === axis ? start : 0)),
      )
      start += x.shape[axis]!
    }
    return [out]
  },

  reverse([x], { axes }) {
    const strides = stridesOf(x!.shape)
    const lastIndex = x!.shape.map((dim, axis) => (axes.includes(axis) ? dim - 1 : 0))
    const from = offsets(
      x!.shape,
      strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
      offsetOf(lastIndex, strides),
    )
    return [gather(x!, x!.shape, from)]
  },
}
