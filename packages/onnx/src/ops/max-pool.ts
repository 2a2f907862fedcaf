import { type EquationOf, FnError, type PoolAttributes, productOf, type Shape } from '@fn/core'
import type { Emission } from '../emission.ts'
import { filled, reshape } from '../graph/shapes.ts'
import type { Node, Tensor } from '../graph/types.ts'
import type { Operand } from '../operand/operand.ts'
import { channelsFirst, permute } from '../permutation.ts'
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
  const node = graph.node('MaxPool', [x], [{ shape, dtype: 'float32' }], poolAttributes(attrs))
  maxPools.set(x, [...(maxPools.get(x) ?? []), node])
  return node
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
  const { graph, opset } = emission
  const first = channelsFirst(x!.rank)
  const overlap = attrs.window.some((size, axis) => size > attrs.strides[axis]!)
  if (overlap && opset < 16) {
    throw new FnError(
      `The gradient of overlapping max pooling windows needs opset 16 or later. Received: ${opset}.`,
    )
  }
  const indices = places(emission, x!.as(first), attrs, permute(y!.shape, first))
  const [size, count] = [[productOf(x!.shape)], [productOf(y!.shape)]]
  const flat = graph.one(
    'ScatterElements',
    [filled(graph, 0, size, 'float32'), reshape(graph, indices, count), reshape(graph, g!.as(first), count)],
    { shape: size, dtype: 'float32' },
    overlap ? { axis: 0, reduction: 'add' } : { axis: 0 },
  )
  return emission.computed(equation, reshape(graph, flat, permute(x!.shape, first)), first)
}
