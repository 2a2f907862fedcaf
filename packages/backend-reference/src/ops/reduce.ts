import type { ReduceAttributes, Value } from '@fn/core'
import { stridesOf } from '@fn/core'
import { allocate, broadcastOffsets, type Family, offsets, type Tensor } from '../tensor.ts'

/** Every element of x is combined into the element of the output that would be broadcast to it. */
const reduction =
  (initial: number, combine: (sum: number, x: number) => number) =>
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
    for (let i = 0; i < into.length; i++) out.data[into[i]!] = combine(out.data[into[i]!]!, x!.data[i]!)
    return [out]
  }

export const reduce: Family<'reduce'> = {
  reduceSum: reduction(0, (sum, x) => sum + x),
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
}
