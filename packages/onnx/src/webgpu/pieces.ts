import { sizeOf } from '@fn/core'
import type { Graph } from '../graph/graph.ts'
import { reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'

/** The elements [from, to) of an axis. */
export function cut(graph: Graph, tensor: Tensor, axis: number, from: number, to: number): Tensor {
  if (from === 0 && to === tensor.shape[axis]) return tensor
  const shape = tensor.shape.with(axis, to - from)
  return graph.one('Slice', [tensor, graph.list(from), graph.list(to), graph.list(axis)], {
    shape,
    dtype: tensor.dtype,
  })
}

/** So many elements more at both ends of an axis. */
export function padded(
  graph: Graph,
  tensor: Tensor,
  axis: number,
  low: number,
  high: number,
  value = 0,
): Tensor {
  if (low === 0 && high === 0) return tensor
  const amounts = [low, high].flatMap((amount) => tensor.shape.map((_, at) => (at === axis ? amount : 0)))
  const shape = tensor.shape.with(axis, (tensor.shape[axis] as number) + low + high)
  return graph.one('Pad', [tensor, graph.list(...amounts), graph.scalar(value)], {
    shape,
    dtype: tensor.dtype,
  })
}

/** Element o of an axis becomes element o · stride; those between are 0, as are the stride − 1 after the last. */
export function spread(graph: Graph, tensor: Tensor, axis: number, stride: number): Tensor {
  if (stride === 1) return tensor
  const shape = tensor.shape as readonly number[]
  const rows = sizeOf(shape.slice(0, axis + 1))
  const apart = padded(
    graph,
    reshape(graph, tensor, [rows, 1, sizeOf(shape.slice(axis + 1))]),
    1,
    0,
    stride - 1,
  )
  return reshape(graph, apart, shape.with(axis, shape[axis]! * stride))
}
