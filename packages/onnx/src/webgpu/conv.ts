import { type ConvTransposeAttributes, sizeOf, windowSpan } from '@fn/core'
import type { Graph } from '../graph/graph.ts'
import { reshape } from '../graph/shapes.ts'
import type { Attribute, GraphType, Tensor } from '../graph/types.ts'
import { permute } from '../permutation.ts'
import { cut, padded, spread } from './pieces.ts'

// What the WebGPU provider of ONNX Runtime 1.30 can not do, or does wrong without a word, in a way in which it does it
// right. Everything is channels first.

type Attributes = Readonly<Record<string, Attribute>>

/** Conv: groups that it does not keep apart one by one, kernels and channels so that it takes them as it should. */
export function webgpuConv(
  graph: Graph,
  inputs: readonly Tensor[],
  type: GraphType,
  attributes: Attributes,
): Tensor {
  const [x, kernel, ...bias] = inputs as readonly [Tensor, Tensor, ...Tensor[]]
  if (areGroupsWrong(kernel, attributes.group as number)) return byGroups(graph, inputs, type, attributes)
  const [channels, filters] = [x.shape[1] as number, kernel.shape[0] as number]
  // It takes channels by threes here, and sums up too few of them (microsoft/onnxruntime#29651).
  const byThrees = channels > 3 && channels % 3 === 0 && channels % 4 !== 0 && filters % 4 === 0
  const [images, own] =
    attributes.group === 1 && byThrees
      ? [x, kernel].map((tensor) => padded(graph, tensor, 1, 0, 4 - (channels % 4)))
      : [x, kernel]
  return isTakenForProduct(images!, own!, attributes)
    ? graph.one('Conv', [images!, longer(graph, own!), ...bias], type, reachingFurther(attributes))
    : graph.one('Conv', [images!, own!, ...bias], type, attributes)
}

/** In three spatial axes there are no groups (microsoft/onnxruntime#27917); in others it may take filters of two groups together. */
function areGroupsWrong({ shape }: Tensor, groups: number): boolean {
  if (groups === 1) return false
  const filters = shape[0] as number
  const together = [4, 2, 1].find((count) => filters % count === 0)!
  return shape.length === 5 || (filters / groups >= 4 && (filters / groups) % together !== 0)
}

/** A window as large as the image is one product to it, whatever is padded behind the image. */
function isTakenForProduct(x: Tensor, { shape }: Tensor, { pads }: Attributes): boolean {
  const window = shape.slice(2)
  const [low, high] = [pads, pads].map((all, side) =>
    (all as readonly number[]).slice(side * window.length, (side + 1) * window.length),
  ) as [number[], number[]]
  return (
    window.every((size, axis) => size === x.shape[axis + 2] && low[axis] === 0) &&
    high.some((amount) => amount > 0)
  )
}

/** A kernel with a row of zeros more. */
function longer(graph: Graph, kernel: Tensor): Tensor {
  const zeros = kernel.shape.with(2, 1) as readonly number[]
  const none = graph.constant(new Array<number>(sizeOf(zeros)).fill(0), zeros, 'float32')
  const shape = kernel.shape.with(2, (kernel.shape[2] as number) + 1)
  return graph.one('Concat', [kernel, none], { shape, dtype: kernel.dtype }, { axis: 2 })
}

/** The same windows with a row more in each. */
function reachingFurther({ kernel_shape: window, ...attributes }: Attributes): Attributes {
  const [pads, dilations] = [attributes.pads, attributes.dilations] as [number[], number[]]
  const at = dilations.length
  return { ...attributes, pads: pads.with(at, pads[at]! + dilations[0]!) }
}

function byGroups(
  graph: Graph,
  [x, kernel, bias]: readonly Tensor[],
  type: GraphType,
  attributes: Attributes,
): Tensor {
  const groups = attributes.group as number
  const [channels, filters] = [(x!.shape[1] as number) / groups, (kernel!.shape[0] as number) / groups]
  const parts = Array.from({ length: groups }, (_, group) => {
    const filter = cut(graph, kernel!, 0, group * filters, (group + 1) * filters)
    const inputs = [cut(graph, x!, 1, group * channels, (group + 1) * channels), filter]
    if (bias) inputs.push(cut(graph, bias, 0, group * filters, (group + 1) * filters))
    const part = { shape: type.shape.with(1, filters), dtype: type.dtype }
    return graph.one('Conv', inputs, part, { ...attributes, group: 1 })
  })
  return graph.one('Concat', parts, type, { axis: 1 })
}

/**
 * Whether ConvTranspose does otherwise than it should: in three spatial axes it is not there
 * (microsoft/onnxruntime#28356), and where each group has one channel of the result and several of what it is made of, it adds up
 * those of other groups.
 */
export const isConvTransposeWrong = (
  [y, kernel]: readonly Tensor[],
  { groups }: ConvTransposeAttributes,
): boolean =>
  y!.shape.length === 5 || (groups > 1 && kernel!.shape[1] === 1 && (y!.shape[1] as number) > groups)

/**
 * The transposed convolution as a convolution: y is spread out by the strides, with zeros between, and the kernel is
 * turned round. x[i] = Σ W[k] u[i + before − k·dilation], where u[o·stride] = y[o].
 */
export function spreadConv(
  graph: Graph,
  [y, kernel, ...bias]: readonly Tensor[],
  { strides, dilations, padding, groups, inputSize }: ConvTransposeAttributes,
  type: GraphType,
): Tensor {
  const window = kernel!.shape.slice(2) as number[]
  let between = y!
  const pads = window.map((size, axis) => {
    const span = windowSpan(size, dilations[axis]!)
    between = spread(graph, between, axis + 2, strides[axis]!)
    const low = span - 1 - padding[axis]![0]
    const high = (inputSize[axis] as number) + span - 1 - (between.shape[axis + 2] as number) - low
    // What would be less than no padding is cut off.
    const end = (between.shape[axis + 2] as number) + Math.min(high, 0)
    between = cut(graph, between, axis + 2, Math.max(-low, 0), end)
    return [Math.max(low, 0), Math.max(high, 0)] as const
  })
  return webgpuConv(graph, [between, turned(graph, kernel!, groups), ...bias], type, {
    kernel_shape: window,
    strides: window.map(() => 1),
    dilations,
    pads: [...pads.map(([low]) => low), ...pads.map(([, high]) => high)],
    group: groups,
  })
}

/** [groups · f, c, …window] as [groups · c, f, …window], every axis of the window backwards. */
function turned(graph: Graph, kernel: Tensor, groups: number): Tensor {
  const [filters, channels, ...window] = kernel.shape as readonly [number, number, ...number[]]
  const perGroup = filters / groups
  const axes = window.map((_, axis) => axis + 2)
  const all = (value: number) => graph.list(...axes.map(() => value))
  const backwards = graph.one(
    'Slice',
    [kernel, all(-1), all(-Number.MAX_SAFE_INTEGER), graph.list(...axes), all(-1)],
    kernel,
  )
  // The window is one axis meanwhile.
  const split = [groups, perGroup, channels, sizeOf(window)]
  const perm = [0, 2, 1, 3]
  const moved = graph.one(
    'Transpose',
    [reshape(graph, backwards, split)],
    { shape: permute(split, perm), dtype: kernel.dtype },
    { perm },
  )
  return reshape(graph, moved, [groups * channels, perGroup, ...window])
}
