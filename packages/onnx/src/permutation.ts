import type { Dim } from '@fn/core'

/** A layout of a tensor: its stored axis i is axis `layout[i]` of the value in the program. */
export type Permutation = readonly number[]

/** The layout of the program itself. */
export const inOrder = (rank: number): Permutation => Array.from({ length: rank }, (_, axis) => axis)

/** [n, …spatial, c] stored as [n, c, …spatial], which is what the windows of ONNX slide over. */
export const channelsFirst = (rank: number): Permutation =>
  rank < 3 ? inOrder(rank) : [0, rank - 1, ...inOrder(rank).slice(1, -1)]

/** [n, …spatial, c] stored as [c, n, …spatial]: examples for channels, channels for examples. */
export const channelsForExamples = (rank: number): Permutation => [rank - 1, 0, ...inOrder(rank).slice(1, -1)]

/** A kernel [...window, in, out] stored as [out, in, ...window]. */
export const kernelFirst = (rank: number): Permutation => [rank - 1, rank - 2, ...inOrder(rank).slice(0, -2)]

export const permute = <T>(list: readonly T[], permutation: Permutation): T[] =>
  permutation.map((axis) => list[axis]!)

export const invert = (permutation: Permutation): Permutation =>
  permutation.map((_, axis) => permutation.indexOf(axis))

export const samePermutation = (a: Permutation, b: Permutation): boolean =>
  a.length === b.length && a.every((axis, at) => axis === b[at])

/** Whether a value of this shape lies in memory alike in both layouts: only axes of size 1 stand elsewhere. */
export function sameMemory(shape: readonly Dim[], a: Permutation, b: Permutation): boolean {
  const large = (axis: number): boolean => shape[axis] !== 1
  return samePermutation(a.filter(large), b.filter(large))
}
