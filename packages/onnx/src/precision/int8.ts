import { sizeOf } from '@fn/core'
import { strided } from '../fold/strided.ts'
import type { Graph } from '../graph/graph.ts'
import { tidy } from '../graph/tidy.ts'
import type { Initializer, Node, Tensor } from '../graph/types.ts'

/** Smaller weights are not worth it. */
const FEWEST = 1024

/**
 * Weights become int8, with a scale for each channel that they give. Products with them are computed in integers, of
 * operands that are rounded to 8 bits by their own range at each run; everything else multiplies the weights out, which
 * ONNX Runtime does once, when it loads the file.
 */
export function toInt8(graph: Graph): void {
  const weights = new Map<Tensor, Initializer>()
  for (const initializer of graph.initializers) {
    const { tensor, data } = initializer
    if (data instanceof Float32Array && tensor.shape.length > 1 && data.length >= FEWEST)
      weights.set(tensor, initializer)
  }
  const channels = channelsOf(graph)
  const operands = new Map<Tensor, readonly Tensor[]>()
  for (const node of graph.nodes.splice(0)) {
    const weight = isProduct(node) ? weights.get(node.inputs[1]!) : undefined
    if (weight === undefined) graph.nodes.push(node)
    else graph.at(node.name, () => integerProduct(graph, node, weight, operands))
  }
  tidy(graph)
  multiplyOut(graph, weights, channels)
}

const isProduct = ({ op, inputs, attributes }: Node): boolean =>
  op === 'MatMul' ? inputs[1]!.shape.length === 2 : op === 'Gemm' && !attributes.transA

/** x · W as (x̂ − z) · Ŵ in integers, times the scale of x and that of each column of W; then the bias. */
function integerProduct(
  graph: Graph,
  { inputs: [x, , bias], outputs: [y], attributes }: Node,
  weight: Initializer,
  operands: Map<Tensor, readonly Tensor[]>,
): void {
  let rounded = operands.get(x!)
  if (rounded === undefined) {
    rounded = graph.node(
      'DynamicQuantizeLinear',
      [x!],
      [
        { shape: x!.shape, dtype: 'uint8' },
        { shape: [], dtype: 'float32' },
        { shape: [], dtype: 'uint8' },
      ],
    ).outputs
    operands.set(x!, rounded)
  }
  const [values, scale, zero] = rounded as readonly [Tensor, Tensor, Tensor]
  const matrix = attributes.transB ? transposed(weight) : weight
  const { data, scales } = rounding(matrix, [1])
  const [rows, columns] = matrix.tensor.shape as readonly [number, number]
  const { name } = weight.tensor
  const integers = graph.initializer(data, [rows, columns], 'int8', `${name}/int8`)
  const columnScales = graph.initializer(scales, [columns], 'float32', `${name}/scale`)
  const { shape } = y!
  const sum = graph.one('MatMulInteger', [values, integers, zero], { shape, dtype: 'int32' })
  const scaled = graph.one('Mul', [scale, columnScales], { shape: [columns], dtype: 'float32' })
  const factors = [graph.cast(sum, 'float32'), scaled]
  if (bias === undefined) graph.into('Mul', factors, y!)
  else graph.into('Add', [graph.one('Mul', factors, { shape, dtype: 'float32' }), bias], y!)
}

function transposed({ tensor, data }: Initializer): Initializer {
  const [rows, columns] = tensor.shape as readonly [number, number]
  const shape = [columns, rows]
  return {
    tensor: { ...tensor, shape },
    data: strided(data as Float32Array, shape, [1, columns]) as Float32Array,
  }
}

/** The axes of each weight along which stand the channels that it gives, by the nodes that read it. */
function channelsOf(graph: Graph): ReadonlyMap<Tensor, readonly number[]> {
  const channels = new Map<Tensor, readonly number[]>()
  for (const { op, inputs, attributes } of graph.nodes) {
    const axes =
      op === 'ConvTranspose' || (op === 'Gemm' && !attributes.transB) || op === 'MatMul'
        ? [1]
        : op === 'LSTM' || op === 'GRU' || op === 'RNN'
          ? [0, 1]
          : [0]
    for (const tensor of inputs) channels.set(tensor, axes)
  }
  return channels
}

/** Writes the weights that are still there as int8 times a scale. */
function multiplyOut(
  graph: Graph,
  weights: ReadonlyMap<Tensor, Initializer>,
  channels: ReadonlyMap<Tensor, readonly number[]>,
): void {
  const left = graph.initializers.splice(0)
  const nodes = graph.nodes.splice(0)
  for (const initializer of left) {
    const { tensor } = initializer
    if (!weights.has(tensor)) {
      graph.initializers.push(initializer)
      continue
    }
    const axes = channels.get(tensor) ?? [0]
    const { data, scales } = rounding(initializer, axes)
    const shape = tensor.shape as readonly number[]
    const integers = graph.initializer(data, shape, 'int8', `${tensor.name}/int8`)
    const along = shape.map((size, axis) => (axes.includes(axis) ? size : 1))
    const scale = graph.initializer(scales, along, 'float32', `${tensor.name}/scale`)
    graph.at(tensor.name, () => graph.into('Mul', [graph.cast(integers, 'float32'), scale], tensor))
  }
  graph.nodes.push(...nodes)
}

/** Numbers as whole ones from −127 to 127, times a scale for each place along the axes. */
function rounding(
  { tensor, data }: Initializer,
  axes: readonly number[],
): { readonly data: Int8Array; readonly scales: Float32Array } {
  const numbers = data as Float32Array
  const shape = tensor.shape as readonly number[]
  const scales = new Float32Array(sizeOf(axes.map((axis) => shape[axis]!)))
  // The axes of the channels are neighbours: what stands before and behind them is gone through for each channel.
  const inner = sizeOf(shape.slice(axes.at(-1)! + 1))
  const whole = new Int8Array(numbers.length)
  const runs = numbers.length / inner
  for (let run = 0; run < runs; run++) {
    const own = run % scales.length
    let largest = scales[own]!
    for (let at = run * inner; at < (run + 1) * inner; at++)
      largest = Math.max(largest, Math.abs(numbers[at]!) / 127)
    scales[own] = largest
  }
  for (let run = 0; run < runs; run++) {
    const scale = scales[run % scales.length]! || 1
    for (let at = run * inner; at < (run + 1) * inner; at++) whole[at] = Math.round(numbers[at]! / scale)
  }
  return { data: whole, scales }
}
