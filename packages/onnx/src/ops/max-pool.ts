import {
  type EquationOf,
  FnError,
  isConcrete,
  type PoolAttributes,
  productOf,
  type Shape,
  sizeOf,
} from '@fn/core'
import type { Emission } from '../emission.ts'
import type { Graph } from '../graph/graph.ts'
import { filled, reshape, shapeTensor } from '../graph/shapes.ts'
import type { Node, Tensor } from '../graph/types.ts'
import { Computed, type Operand } from '../operand/operand.ts'
import { channelsFirst, permute } from '../permutation.ts'
import { webgpuMaxPoolGrad } from '../webgpu/max-pool.ts'
import { maximaByPlace } from './maxima.ts'
import { poolAttributes } from './pads.ts'

export function emitMaxPool(
  emission: Emission,
  [x]: readonly Operand[],
  attrs: PoolAttributes,
  equation: EquationOf<'maxPool'>,
): readonly Operand[] {
  const first = channelsFirst(x!.rank)
  const node = maxPoolNode(emission, x!.as(first), attrs, permute(equation.outputs[0]!.shape, first))
  return emission.computed(equation, node.outputs[0]!, first)
}

function maxPoolNode({ graph, maxPools }: Emission, x: Tensor, attrs: PoolAttributes, shape: Shape): Node {
  const given = isPadded(graph, x) ? graph.one('Reshape', [x, graph.list(...x.shape.map(() => 0))], x) : x
  const node = graph.node('MaxPool', [given], [{ shape, dtype: 'float32' }], poolAttributes(attrs))
  maxPools.set(x, [...(maxPools.get(x) ?? []), node])
  return node
}

/**
 * Whether a tensor was padded just before. ONNX Runtime makes one node of Pad and MaxPool, in which 0 no longer counts as an
 * element (microsoft/onnxruntime#24737); but not if a Reshape, to the same shape, stands between them.
 */
function isPadded(graph: Graph, x: Tensor): boolean {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(x))
  return node?.op === 'Pad' || (node?.op === 'Transpose' && isPadded(graph, node.inputs[0]!))
}

/** The flat places, channels first, of the first maximum of each window: a second output of the pooling itself. */
function places(emission: Emission, x: Tensor, attrs: PoolAttributes, shape: Shape): Tensor {
  const wanted = JSON.stringify(poolAttributes(attrs))
  const node =
    emission.maxPools.get(x)?.find(({ attributes }) => JSON.stringify(attributes) === wanted) ??
    maxPoolNode(emission, x, attrs, shape)
  return node.outputs[1] ?? emission.graph.addOutput(node, { shape, dtype: 'int64' }, 'Indices')
}

/** g at the places of the maxima, 0 elsewhere; what comes to one place from several windows is added. */
export function emitMaxPoolGrad(
  emission: Emission,
  [x, y, g]: readonly Operand[],
  attrs: PoolAttributes,
  equation: EquationOf<'maxPoolGrad'>,
): readonly Operand[] {
  const { graph, opset, target } = emission
  const first = channelsFirst(x!.rank)
  if (target === 'webgpu' && isTiled(x!, attrs))
    return emitTiledGrad(emission, [x!.as(first), y!.as(first), g!.as(first)], attrs, equation)
  if (target === 'webgpu') {
    const tensor = webgpuMaxPoolGrad(graph, [x!.as(first), y!.as(first), g!.as(first)], attrs)
    return emission.computed(equation, tensor, first)
  }
  const overlap = attrs.window.some((size, axis) => size > attrs.strides[axis]!)
  if (overlap && opset < 16) {
    throw new FnError(
      `The gradient of overlapping max pooling windows needs opset 16 or later. Received: ${opset}.`,
    )
  }
  const indices = places(emission, x!.as(first), attrs, permute(y!.shape, first))
  const hasPadding = attrs.padding.flat().some((amount) => amount > 0)
  // Of padding ONNX Runtime works out sizes that are not those it is told.
  if (!overlap && !hasPadding) {
    const shape = permute(x!.shape, first)
    const inputs = [g!.as(first), indices, shapeTensor(graph, shape)]
    const tensor = graph.one('MaxUnpool', inputs, { shape, dtype: 'float32' }, poolAttributes(attrs))
    return emission.computed(equation, tensor, first)
  }
  const [size, count] = [[productOf(x!.shape)], [productOf(y!.shape)]]
  const flat = graph.one(
    'ScatterElements',
    [filled(graph, 0, size, 'float32'), reshape(graph, indices, count), reshape(graph, g!.as(first), count)],
    { shape: size, dtype: 'float32' },
    overlap ? { axis: 0, reduction: 'add' } : { axis: 0 },
  )
  return emission.computed(equation, reshape(graph, flat, permute(x!.shape, first)), first)
}

/** Whether windows of a few elements lie side by side, without padding. */
const isTiled = ({ shape }: Operand, { window, strides, padding }: PoolAttributes): boolean =>
  isConcrete(shape) &&
  sizeOf(window) > 1 &&
  sizeOf(window) <= 9 &&
  window.every((size, axis) => size === strides[axis]) &&
  padding.flat().every((amount) => amount === 0)

/**
 * On a GPU MaxPool does not tell the places of its maxima. Where no windows overlap this goes through the places of a
 * window, with all windows at once: g goes to the first place that has the maximum.
 */
function emitTiledGrad(
  { graph }: Emission,
  [x, y, g]: readonly [Tensor, Tensor, Tensor],
  { window }: PoolAttributes,
  equation: EquationOf<'maxPoolGrad'>,
): readonly Operand[] {
  const out = y.shape.slice(2) as number[]
  const parts = maximaByPlace(graph, [x, y, g], window, window)
  const tiles = interleaved(graph, parts, window, y.shape as readonly number[])
  const beyond = out.map((count, axis) => (x.shape[axis + 2] as number) - count * window[axis]!)
  const low = x.shape.map(() => 0)
  const whole = beyond.every((size) => size === 0)
    ? tiles
    : graph.one('Pad', [tiles, graph.list(...low, 0, 0, ...beyond)], x)
  return [new Computed(graph, equation.outputs[0]!, whole, channelsFirst(x.shape.length))]
}

/**
 * One tensor from one for each place of the tiles: element i of tensor k comes to i · size + k, axis by axis, the last
 * one first. Its elements change places as those of a matrix do, those of the others in whole rows.
 */
function interleaved(
  graph: Graph,
  parts: readonly Tensor[],
  window: readonly number[],
  shape: readonly number[],
): Tensor {
  const concat = (tensors: readonly Tensor[], to: readonly number[], axis: number): Tensor =>
    tensors.length === 1
      ? tensors[0]!
      : graph.one('Concat', tensors, { shape: to, dtype: 'float32' }, { axis })
  let [tensors, current] = [parts, shape]
  for (let axis = shape.length - 1; axis >= 2; axis--) {
    const size = window[axis - 2]!
    const groups = Array.from({ length: tensors.length / size }, (_, at) =>
      tensors.slice(at * size, (at + 1) * size),
    )
    const next = current.with(axis, current[axis]! * size)
    const [before, after] = [current.slice(0, axis + 1), current.slice(axis + 1)]
    const count = sizeOf(current)
    tensors = groups.map((group) => {
      if (axis < shape.length - 1) {
        const rows = group.map((tensor) => reshape(graph, tensor, [...before, 1, ...after]))
        return reshape(graph, concat(rows, [...before, size, ...after], axis + 1), next)
      }
      const rows = group.map((tensor) => reshape(graph, tensor, [1, count]))
      const columns = { shape: [count, size], dtype: 'float32' } as const
      const all = concat(rows, [size, count], 0)
      return reshape(graph, graph.one('Transpose', [all], columns, { perm: [1, 0] }), next)
    })
    current = next
  }
  return tensors[0]!
}
