import type { ReduceAttributes, Value } from '@fn/core'
import { stridesOf } from '@fn/core'
import { allocate, broadcastOffsets, type Family, offsets, type Tensor } from '../tensor.ts'

type Combine = (sum: number, x: number) => number

/** Every element of x is combined into the element of the output that would be broadcast to it. */
const reduction =
  (initial: number, float: Combine, integer: Combine = float) =>
  (
    [x]: readonly Tensor[],
    { axes }: ReduceAttributes,
    { outputs: [type] }: { readonly outputs: readonly Value[] },
  ): readonly Tensor[] => {
    const out = allocate(type!)
    const kept = x!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    const into = broadcastOffsets(kept, x!.shape)
    // An infinity becomes the outermost number that the dtype holds.
    out.data.fill(x!.dtype === 'int32' ? Math.max(-(2 ** 31), Math.min(initial, 2 ** 31 - 1)) : initial)
    const combine = x!.dtype === 'int32' ? integer : float
    for (let i = 0; i < into.length; i++) out.data[into[i]!] = combine(out.data[into[i]!]!, x!.data[i]!)
    return [out]
  }

export const reduce: Family<'reduce'> = {
  reduceSum: reduction(0, (sum, x) => sum + x),
  reduceProd: reduction(1, (product, x) => product * x, Math.imul),
  reduceMax: reduction(-Infinity, Math.max),
  reduceMin: reduction(Infinity, Math.min),

  argMax([x], { axis }, { outputs: [type] }) {
    const out = allocate(type!)
    const strides = stridesOf(x!.shape)
    const starts = offsets(out.shape, strides.toSpliced(axis, 1))
    for (let i = 0; i < starts.length; i++) {
      let best = 0
      for (let index = 1; index < x!.shape[axis]!; index++) {
        const [candidate, champion] = [
          starts[i]! + index * strides[axis]!,
          starts[i]! + best * strides[axis]!,
        ]
        if (x!.data[candidate]! > x!.data[champion]!) best = index
      }
      out.data[i] = best
    }
    return [out]
  },

  cumSum([x], { axis, exclusive, reverse }) {
    const out = allocate(x!)
    const stride = stridesOf(x!.shape)[axis]!
    const last = x!.shape[axis]! - 1
    const starts = offsets(x!.shape.toSpliced(axis, 1), stridesOf(x!.shape).toSpliced(axis, 1))
    for (const start of starts) {
      let sum = 0
      for (let step = 0; step <= last; step++) {
        const at = start + (reverse ? last - step : step) * stride
        out.data[at] = exclusive ? sum : sum + x!.data[at]!
        sum += x!.data[at]!
      }
    }
    return [out]
  },

  topK([x], { k }, { outputs: types }) {
    const [values, indices] = types.map(allocate) as [Tensor, Tensor]
    const size = x!.shape.at(-1)!
    for (let row = 0; row * k < values.data.length; row++) {
      const elements = x!.data.subarray(row * size, (row + 1) * size)
      const order = Array.from(elements, (_, at) => at).sort((a, b) => elements[b]! - elements[a]! || a - b)
      for (let at = 0; at < k; at++) {
        indices.data[row * k + at] = order[at]!
        values.data[row * k + at] = elements[order[at]!]!
      }
    }
    return [values, indices]
  },
}
