import {
  type Dim,
  type EquationOf,
  FnError,
  isConcrete,
  productOf,
  type ScatterAddAttributes,
  type Shape,
} from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import { counting, filled, reshape, sizeTensor } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import type { Operand } from '../operand/operand.ts'
import { isSmallScatter, scatterAddAsSum } from '../webgpu/scatter-add.ts'

/**
 * The numbers of the rows become the places of all of their elements: element j of update i goes to
 * indices[i] · width + j. ScatterND would take the rows as they are, but ONNX Runtime adds them up in several threads
 * at once and loses some where a row is named twice; ScatterElements does not, and is fastest along a single axis.
 */
function emitScatterAdd(
  emission: Emission,
  [indices, updates]: readonly Operand[],
  { size }: ScatterAddAttributes,
  equation: EquationOf<'scatterAdd'>,
): readonly Operand[] {
  const { graph, opset, target } = emission
  if (opset < 16)
    throw new FnError(`scatterAdd (the gradient of gather) needs opset 16 or later. Received: ${opset}.`)
  const { shape, dtype } = equation.outputs[0]!
  const width = productOf(shape.slice(1))
  const count = productOf(indices!.shape)
  const sizes: Shape = [size, count, width]
  if (target === 'webgpu' && dtype === 'float32' && isConcrete(sizes) && isSmallScatter(sizes)) {
    const sums = scatterAddAsSum(graph, indices!.tensor, updates!.tensor, sizes)
    return emission.computed(equation, reshape(graph, sums, shape))
  }
  const all = productOf([count, width])
  const rows = graph.cast(reshape(graph, indices!.tensor, [count, 1]), 'int64')
  const starts = graph.one('Mul', [rows, sizeTensor(graph, width)], rows)
  const columns = counting(graph, width, 'int64')
  const places = graph.one('Add', [starts, columns], { shape: [count, width], dtype: 'int64' })
  const flat = productOf([size, width])
  const sums = graph.one(
    'ScatterElements',
    [filled(graph, 0, [flat], dtype), reshape(graph, places, [all]), reshape(graph, updates!.tensor, [all])],
    { shape: [flat], dtype },
    { axis: 0, reduction: 'add' },
  )
  return emission.computed(equation, reshape(graph, sums, shape))
}

/** Gather counts negative numbers from the end: they become the number of rows, which it refuses. */
function refusingNegatives({ graph }: Emission, indices: Tensor, rows: Dim): Tensor {
  const { shape, dtype } = indices
  const isNegative = graph.one('Less', [indices, graph.scalar(0, dtype)], { shape, dtype: 'bool' })
  const outside =
    typeof rows === 'number' ? graph.scalar(rows, dtype) : graph.cast(sizeTensor(graph, rows), dtype)
  return graph.one('Where', [isNegative, outside, indices], { shape, dtype })
}

export const indexing = (emission: Emission): Family<'indexing'> => ({
  gather([x, indices], _attrs, equation) {
    const { shape, dtype } = equation.outputs[0]!
    const origin = emission.originOf(equation.inputs[1]!)
    // Those of a constant, and of an input whose data is checked, are as they should be.
    const isComputed = origin !== undefined && origin.op !== 'constant' && origin.op !== 'iota'
    const tensor = isComputed
      ? refusingNegatives(emission, indices!.tensor, equation.inputs[0]!.shape[0]!)
      : indices!.tensor
    const rows = emission.graph.one('Gather', [x!.tensor, tensor], { shape, dtype }, { axis: 0 })
    return emission.computed(equation, rows)
  },
  scatterAdd: (inputs, attrs, equation) => emitScatterAdd(emission, inputs, attrs, equation),
})
