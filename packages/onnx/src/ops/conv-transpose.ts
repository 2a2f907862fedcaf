import { type ConvAttributes, type ConvTransposeAttributes, type Dim, windowSpan } from '@fn/core'
import type { Emission } from '../emission.ts'
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

/** How many elements at the end of an axis no window of a convolution reaches, padding included. */
export function leftOver(dim: Dim, window: number, axis: number, attrs: ConvAttributes): number {
  // Of an axis whose size is a symbol the windows move by 1, and reach everything.
  if (typeof dim !== 'number') return 0
  const [before, after] = attrs.padding[axis]!
  return (dim + before + after - windowSpan(window, attrs.dilations[axis]!)) % attrs.strides[axis]!
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
  const beyond = window.map((size, axis) => leftOver(attrs.inputSize[axis]!, size, axis, attrs))
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
