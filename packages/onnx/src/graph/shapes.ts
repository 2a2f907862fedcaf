import {
  type Dim,
  type DimTree,
  type DType,
  exactQuotient,
  FnError,
  isConcrete,
  productOf,
  type Shape,
  sameShape,
  sizeOf,
  treeOf,
} from '@fn/core'
import type { Graph } from './graph.ts'
import type { Tensor } from './types.ts'

/** A shape as a tensor of int64, put together at run time where it has symbols, before all loops. */
export function shapeTensor({ root: graph }: Graph, shape: Shape): Tensor {
  if (isConcrete(shape)) return graph.list(...shape)
  const pieces: Tensor[] = []
  let run: number[] = []
  const close = (): void => {
    if (run.length > 0) pieces.push(graph.list(...run))
    run = []
  }
  for (const dim of shape) {
    if (typeof dim === 'number') run.push(dim)
    else {
      close()
      pieces.push(sizeTensor(graph, dim))
    }
  }
  close()
  return pieces.length === 1
    ? pieces[0]!
    : graph.one('Concat', pieces, { shape: [shape.length], dtype: 'int64' }, { axis: 0 })
}

const sizeType = { shape: [1], dtype: 'int64' } as const

/** A size as a tensor [1] of int64. Each symbol is read off an input of the graph. */
export function sizeTensor({ root: graph }: Graph, dim: Dim): Tensor {
  if (typeof dim === 'number') return graph.list(dim)
  const known = graph.sizes.get(dim)
  if (known !== undefined) return known
  const size = graph.at(dim, () => treeTensor(graph, treeOf(dim)))
  graph.sizes.set(dim, size)
  return size
}

/** A size is computed once from the sizes of the inputs. Sizes are not negative, so that Div rounds them down. */
function treeTensor(graph: Graph, tree: DimTree): Tensor {
  switch (tree.kind) {
    case 'number':
      return graph.list(tree.value)
    case 'symbol': {
      const known = graph.sizes.get(tree.name) ?? symbolTensor(graph, tree.name)
      graph.sizes.set(tree.name, known)
      return known
    }
    case 'floor':
      return graph.one('Div', [treeTensor(graph, tree.dividend), graph.list(tree.divisor)], sizeType)
    default: {
      const op = { sum: 'Add', product: 'Mul', max: 'Max' }[tree.kind]
      return tree.parts
        .map((part) => treeTensor(graph, part))
        .reduce((x, y) => graph.one(op, [x, y], sizeType))
    }
  }
}

function symbolTensor(graph: Graph, symbol: string): Tensor {
  return graph.at(symbol, () => {
    const axisOf = (input: Tensor, axis: number): Tensor => {
      const shape = graph.one('Shape', [input], { shape: [input.shape.length], dtype: 'int64' })
      return graph.one('Gather', [shape, graph.list(axis)], sizeType, { axis: 0 })
    }
    for (const input of graph.inputs) {
      const axis = input.shape.indexOf(symbol)
      if (axis >= 0) return axisOf(input, axis)
    }
    for (const input of graph.inputs) {
      for (const [axis, dim] of input.shape.entries()) {
        const factor = exactQuotient(dim, symbol)
        if (typeof factor === 'number')
          return graph.one('Div', [axisOf(input, axis), graph.list(factor)], sizeType)
      }
    }
    throw new FnError(`The size "${symbol}" is needed at run time, but is not to be seen at any input.`)
  })
}

/** The elements of a tensor in another shape; a symbol that stays where it was, or the only other one, is free. */
export function reshape(graph: Graph, tensor: Tensor, shape: Shape): Tensor {
  if (sameShape(tensor.shape, shape)) return tensor
  const { dtype } = tensor
  // Among the sizes of Reshape, 0 does not mean an empty axis.
  if (isConcrete(shape) && sizeOf(shape) === 0 && dtype !== 'int64') return graph.constant([], shape, dtype)
  const known = isConcrete(shape) ? graph.reshaped(tensor, shape) : undefined
  if (known !== undefined) return known
  // 0 copies a size, −1 works one out.
  const sizes = shape.map((dim, axis) =>
    typeof dim === 'number' ? dim : tensor.shape[axis] === dim ? 0 : -1,
  )
  const open = sizes.filter((size) => size === -1).length
  const target = open > 1 ? shapeTensor(graph, shape) : graph.list(...sizes)
  return graph.one('Reshape', [tensor, target], { shape, dtype })
}

/** Repeats a tensor up to a shape by NumPy's rule. */
export function expand(graph: Graph, tensor: Tensor, shape: Shape): Tensor {
  if (sameShape(tensor.shape, shape)) return tensor
  const lead = shape.length - tensor.shape.length
  // A 1 keeps the size that is there, so that a symbol need not be read off an input.
  const sizes = shape.map((dim, axis) => (axis >= lead && tensor.shape[axis - lead] === dim ? 1 : dim))
  return graph.one('Expand', [tensor, shapeTensor(graph, sizes)], { shape, dtype: tensor.dtype })
}

/** 0, 1, 2, … */
export function counting({ root: graph }: Graph, size: Dim, dtype: 'int32' | 'int64'): Tensor {
  if (typeof size === 'number')
    return graph.constant(
      Array.from({ length: size }, (_, at) => at),
      [size],
      dtype,
    )
  const limit = reshape(graph, sizeTensor(graph, size), [])
  return graph.one('Range', [graph.scalar(0, dtype), graph.cast(limit, dtype), graph.scalar(1, dtype)], {
    shape: [size],
    dtype,
  })
}

/** A tensor whose elements are all the same. */
export function filled({ root: graph }: Graph, value: number, shape: Shape, dtype: DType): Tensor {
  if (isConcrete(shape)) {
    const size = sizeOf(shape)
    if (!graph.isLarge(size)) return graph.constant(new Array<number>(size).fill(value), shape, dtype)
  }
  return graph.one(
    'ConstantOfShape',
    [shapeTensor(graph, shape)],
    { shape, dtype },
    {
      value: { element: value, dtype },
    },
  )
}

/** The same elements as one matrix, [rows, columns]. */
export function asMatrix(graph: Graph, tensor: Tensor, rowAxes: number): Tensor {
  return reshape(graph, tensor, [
    productOf(tensor.shape.slice(0, rowAxes)),
    productOf(tensor.shape.slice(rowAxes)),
  ])
}
