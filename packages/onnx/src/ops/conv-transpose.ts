import {
  addDims,
  type ConvAttributes,
  type ConvTransposeAttributes,
  type Dim,
  isConcrete,
  productOf,
  subDims,
  windowSpan,
} from '@fn/core'
import type { Emission } from '../emission.ts'
import type { Graph } from '../graph/graph.ts'
import { shapeTensor } from '../graph/shapes.ts'
import type { Attribute, GraphType, Tensor } from '../graph/types.ts'
import { isConvTransposeWrong, spreadConv, webgpuConv } from '../webgpu/conv.ts'
import { pads } from './pads.ts'

/** Without kernel_shape, which the kernel tells. */
export const convAttributes = ({
  strides,
  dilations,
  padding,
  groups,
}: ConvAttributes): Readonly<Record<string, Attribute>> => ({
  strides,
  dilations,
  pads: pads(padding),
  group: groups,
})

/** @param inputs x channels first, the kernel, and a bias if there is one */
export const convolution = (
  { graph, target }: Emission,
  inputs: readonly Tensor[],
  type: GraphType,
  attributes: Readonly<Record<string, Attribute>>,
): Tensor =>
  target === 'webgpu'
    ? webgpuConv(graph, inputs, type, attributes)
    : graph.one('Conv', inputs, type, attributes)

/**
 * How many elements at the end of an axis no window of a convolution reaches, padding included. It is an expression where that
 * depends on a size that is known at run time.
 *
 * @param count how many windows there are
 */
export function leftOver(dim: Dim, count: Dim, window: number, axis: number, attrs: ConvAttributes): Dim {
  const [before, after] = attrs.padding[axis]!
  const stride = attrs.strides[axis]!
  const span = windowSpan(window, attrs.dilations[axis]!)
  return subDims(addDims(dim, before + after + stride - span), productOf([count, stride]))
}

/**
 * ConvTranspose takes the kernel as Conv does. It gives stride·(outputs − 1) + span elements less the padding, and
 * leaves to us how many more of them the convolution had that its last window did not reach.
 *
 * @param inputs y channels first, the kernel, and a bias if there is one
 * @param type of the result, channels first
 */
export function transposedConv(
  { graph, target }: Emission,
  inputs: readonly Tensor[],
  window: readonly number[],
  attrs: ConvTransposeAttributes,
  type: GraphType,
): Tensor {
  if (target === 'webgpu' && isConvTransposeWrong(inputs, attrs))
    return spreadConv(graph, inputs, attrs, type)
  const beyond = window.map((size, axis) =>
    leftOver(attrs.inputSize[axis]!, inputs[0]!.shape[axis + 2]!, size, axis, attrs),
  )
  if (!isConcrete(beyond)) return cutTransposedConv(graph, inputs, window, attrs, type)
  // What the last window did not reach may have been padding: so much padding less is cut off.
  const cut = attrs.padding.map(([before, after], axis) => [before, after - beyond[axis]!] as const)
  const padding = cut.map(([before, after]) => [before, Math.max(after, 0)] as const)
  const outputPadding = cut.map(([, after]) => Math.max(-after, 0))
  const attributes = {
    kernel_shape: window,
    ...convAttributes({ ...attrs, padding }),
    output_padding: outputPadding,
  }
  return graph.one('ConvTranspose', inputs, type, attributes)
}

/** With as many elements at the end as could be left over, of which those that are too many are cut off at run time. */
function cutTransposedConv(
  graph: Graph,
  inputs: readonly Tensor[],
  window: readonly number[],
  attrs: ConvTransposeAttributes,
  type: GraphType,
): Tensor {
  const axes = window.map((_, axis) => axis + 2)
  const attributes = {
    kernel_shape: window,
    ...convAttributes({ ...attrs, padding: attrs.padding.map(([before]) => [before, 0] as const) }),
    output_padding: attrs.strides.map((stride) => stride - 1),
  }
  const counts = inputs[0]!.shape.slice(2)
  const sizes = window.map((size, axis) => {
    const span = windowSpan(size, attrs.dilations[axis]!)
    return addDims(productOf([counts[axis]!, attrs.strides[axis]!]), span - 1 - attrs.padding[axis]![0])
  })
  const whole = graph.one(
    'ConvTranspose',
    inputs,
    { ...type, shape: [...type.shape.slice(0, 2), ...sizes] },
    attributes,
  )
  const cut = [graph.list(...axes.map(() => 0)), shapeTensor(graph, attrs.inputSize), graph.list(...axes)]
  return graph.one('Slice', [whole, ...cut], type)
}
