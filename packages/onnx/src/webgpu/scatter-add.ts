import type { Graph } from '../graph/graph.ts'
import { counting, reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'

/** 64 MB of floats. */
const LARGEST_SPREAD = 2 ** 24

/** Whether `scatterAddAsSum` takes no more memory than is good. */
export const isSmallScatter = ([size, count, width]: readonly number[]): boolean =>
  size! * count! * width! <= LARGEST_SPREAD

/**
 * For each row the sum over all updates [count, width] of those that go to it. ScatterElements adds them in the order in
 * which the GPU comes to them, which gives other last digits at each run.
 */
export function scatterAddAsSum(
  graph: Graph,
  indices: Tensor,
  updates: Tensor,
  sizes: readonly number[],
): Tensor {
  const [size, count, width] = sizes as [number, number, number]
  const rows = reshape(graph, counting(graph, size, 'int32'), [size, 1, 1])
  const isHere = graph.one('Equal', [rows, reshape(graph, indices, [1, count, 1])], {
    shape: [size, count, 1],
    dtype: 'bool',
  })
  const all = graph.one('Where', [isHere, reshape(graph, updates, [1, count, width]), graph.scalar(0)], {
    shape: sizes,
    dtype: 'float32',
  })
  const type = { shape: [size, width], dtype: 'float32' } as const
  return graph.one('ReduceSum', [all, graph.list(1)], type, { keepdims: 0 })
}
