import {
  type Dim,
  type Equation,
  isConcrete,
  productOf,
  type ReduceAttributes,
  sizeOf,
  type Value,
} from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import type { Graph } from '../graph/graph.ts'
import { filled, reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { Computed, type Operand } from '../operand/operand.ts'
import { inOrder, type Permutation, permute } from '../permutation.ts'

/** Of fewer numbers a sum is not worth another way. */
const FEWEST_SUMMED = 4096

export const reduce = (emission: Emission): Family<'reduce'> => {
  const { graph } = emission

  /** The axes as an input of the node since `since`, before that as an attribute. */
  const reduction =
    (op: string, since: number) =>
    ([x]: readonly Operand[], { axes, keepDims }: ReduceAttributes, equation: Equation) => {
      if (axes.length === 0) return [x!]
      const layout = emission.layoutFor([x!], equation)
      const stored = axes.map((axis) => layout.indexOf(axis)).sort((a, b) => a - b)
      const kept = keepDims ? layout : without(layout, axes)
      const { shape, dtype } = equation.outputs[0]!
      const keepdims = Number(keepDims)
      const type = { shape: permute(shape, kept), dtype }
      const tensor = x!.as(layout)
      const isSum = op === 'ReduceSum' || op === 'ReduceMean'
      const rows = isSum ? rowsOf(emission, tensor, stored) : undefined
      if (rows !== undefined) {
        const total = sumOfRows(graph, tensor, rows)
        const sum = op === 'ReduceSum' ? total : graph.one('Div', [total, graph.scalar(rows)], total)
        return emission.computed(equation, reshape(graph, sum, type.shape), kept)
      }
      const y =
        emission.opset >= since
          ? graph.one(op, [tensor, graph.list(...stored)], type, { keepdims })
          : graph.one(op, [tensor], type, { axes: stored, keepdims })
      return emission.computed(equation, y, kept)
    }

  return {
    // Σ x / n over n elements is their mean.
    reduceSum(inputs, attrs, equation) {
      const quotient = emission.soleReader(equation.outputs[0]!)
      const count = productOf(attrs.axes.map((axis) => inputs[0]!.shape[axis]!))
      const isMean =
        quotient?.op === 'div' &&
        quotient.inputs[0]!.id === equation.outputs[0]!.id &&
        quotient.outputs[0]!.dtype === 'float32' &&
        quotient.outputs[0]!.shape.length === equation.outputs[0]!.shape.length &&
        sizeIn(emission, quotient.inputs[1]!) === count
      if (!isMean || attrs.axes.length === 0) return reduction('ReduceSum', 13)(inputs, attrs, equation)
      return emission.together(quotient, reduction('ReduceMean', 18)(inputs, attrs, equation))
    },
    reduceProd: reduction('ReduceProd', 18),
    reduceMax: reduction('ReduceMax', 18),
    reduceMin: reduction('ReduceMin', 18),
    argMax([x], { axis }, equation) {
      const layout = emission.layoutFor([x!], equation)
      const kept = without(layout, [axis])
      const shape = permute(equation.outputs[0]!.shape, kept)
      const index = graph.one(
        'ArgMax',
        [x!.as(layout)],
        { shape, dtype: 'int64' },
        { axis: layout.indexOf(axis), keepdims: 0, select_last_index: 0 },
      )
      return emission.computed(equation, graph.cast(index, 'int32'), kept)
    },
    cumSum([x], { axis, exclusive, reverse }, equation) {
      const layout = emission.layoutFor([x!], equation)
      const tensor = x!.as(layout)
      const along = graph.scalar(layout.indexOf(axis), 'int32')
      const attributes = { exclusive: Number(exclusive), reverse: Number(reverse) }
      return emission.computed(equation, graph.one('CumSum', [tensor, along], tensor, attributes), layout)
    },
    topK([x], { k }, { outputs: [values, indices] }) {
      const { shape } = values!
      const attributes = { axis: -1, largest: 1, sorted: 1 }
      const types = [
        { shape, dtype: 'float32' },
        { shape, dtype: 'int64' },
      ] as const
      const node = graph.node('TopK', [x!.tensor, graph.list(k)], types, attributes)
      return [
        new Computed(graph, values!, node.outputs[0]!),
        new Computed(graph, indices!, graph.cast(node.outputs[1]!, 'int32')),
      ]
    },
  }
}

/** How many rows there are, if they are summed up: all numbers but those of the last axes. */
function rowsOf({ target }: Emission, { shape, dtype }: Tensor, axes: readonly number[]): number | undefined {
  const isLeading = axes.length < shape.length && axes.every((axis, at) => axis === at)
  if (target !== undefined || dtype !== 'float32' || !isLeading || !isConcrete(shape)) return undefined
  const rows = sizeOf(shape.slice(0, axes.length))
  return sizeOf(shape) >= FEWEST_SUMMED && rows > 1 ? rows : undefined
}

/** As a product with ones: ONNX Runtime takes a third of the time for it. */
function sumOfRows(graph: Graph, tensor: Tensor, rows: number): Tensor {
  const columns = sizeOf(tensor.shape as readonly number[]) / rows
  const ones = filled(graph, 1, [1, rows], 'float32')
  const type = { shape: [1, columns], dtype: 'float32' } as const
  return graph.one('MatMul', [ones, reshape(graph, tensor, [rows, columns])], type)
}

/** The size that a value is the number of, where it is one. */
function sizeIn(emission: Emission, value: Value): Dim | undefined {
  const origin = emission.originOf(value)
  switch (origin?.op) {
    case 'constant':
      return origin.attrs.data.length === 1 ? origin.attrs.data[0] : undefined
    case 'dimSize':
      return origin.inputs[0]!.shape[origin.attrs.axis]
    case 'cast':
    case 'broadcast':
      return sizeIn(emission, origin.inputs[0]!)
    case 'mul': {
      const factors = origin.inputs.map((factor) => sizeIn(emission, factor))
      return factors.every((factor) => factor !== undefined) ? productOf(factors) : undefined
    }
    default:
      return undefined
  }
}

/** The layout of what is left when axes disappear. */
function without(layout: Permutation, axes: readonly number[]): Permutation {
  const left = inOrder(layout.length).filter((axis) => !axes.includes(axis))
  return layout.filter((axis) => !axes.includes(axis)).map((axis) => left.indexOf(axis))
}
