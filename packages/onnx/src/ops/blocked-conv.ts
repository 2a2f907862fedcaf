import {
  type ConvAttributes,
  type Equation,
  isConcrete,
  type Shape,
  type TensorType,
  windowSpan,
} from '@fn/core'
import type { Emission } from '../emission.ts'
import type { Graph } from '../graph/graph.ts'
import { reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { Operand } from '../operand/operand.ts'
import { channelsFirst, inOrder, type Permutation, permute, samePermutation } from '../permutation.ts'
import { type Bias, biasOf } from './bias.ts'
import { convAttributes } from './conv-transpose.ts'

// ONNX Runtime has a convolution of its own, with kernels for a block of channels at a time. It uses it where filters are
// constants; here they come in blocks too, so that training has it.

/** The operators of ONNX Runtime on channels in blocks. */
export const DOMAIN = 'com.microsoft.nchwc'

/** Images [n, …spatial, c] that a convolution has left in blocks of channels. */
class Blocked extends Operand {
  constructor(graph: Graph, type: TensorType, blocks: Tensor) {
    super(graph, type)
    this.form('blocks', () => blocks)
  }

  protected override make(layout: Permutation): Tensor {
    const isLast = samePermutation(layout, inOrder(this.rank))
    if (!isLast && !samePermutation(layout, channelsFirst(this.rank))) {
      if (!this.isMade) this.as(channelsFirst(this.rank))
      return this.convert(layout)
    }
    const blocks = this.form('blocks', () => this.as(layout))
    const attributes = { channels: this.shape.at(-1) as number, channels_last: Number(isLast) }
    const type = { shape: permute(this.shape, layout), dtype: this.dtype }
    return this.graph.one(`${DOMAIN}.ReorderOutput`, [blocks], type, attributes)
  }
}

/** Images in blocks of channels, [n, c / block, …spatial, block]; the tensor says [n, c, …spatial] of itself. */
function inBlocks(x: Operand): Tensor {
  return x.form('blocks', () => {
    const [first, last] = [channelsFirst(x.rank), inOrder(x.rank)]
    const isLast = x.cost(last) < x.cost(first)
    const type = { shape: permute(x.shape, first), dtype: x.dtype }
    return x.graph.one(`${DOMAIN}.ReorderInput`, [x.as(isLast ? last : first)], type, {
      channels_last: Number(isLast),
    })
  })
}

/**
 * The convolution on blocks of channels; undefined where there is none: on another processor, or for another number of
 * channels.
 */
export function blockedConv(
  emission: Emission,
  [x, kernel]: readonly [Operand, Operand],
  attrs: ConvAttributes,
  equation: Equation,
): readonly Operand[] | undefined {
  const { channelBlock: block } = emission
  const [height, width, c, f] = kernel.shape as [number, number, number, number]
  if (block === undefined || !isPlane(kernel, attrs) || f % block > 0) return undefined
  const isWhole = c % block === 0
  if (!isWhole && c >= block) return undefined
  const images = isWhole ? inBlocks(x) : x.as(channelsFirst(x.rank))
  const filters = kernel.form('blocks', () =>
    isWhole
      ? inOrderOf(
          kernel.graph,
          kernel.tensor,
          [height, width, c / block, block, f / block, block],
          [4, 2, 0, 1, 3, 5],
          [f, c, height, width],
        )
      : inOrderOf(
          kernel.graph,
          kernel.tensor,
          [height, width, c, f / block, block],
          [3, 2, 0, 1, 4],
          [f, c, height, width],
        ),
  )
  return convolved(emission, [images, filters], [height, width], attrs, equation)
}

/**
 * The gradient of a convolution into its images, whose windows move by 1, as one with the filters turned round: the
 * windows reach as far out of g as those did not reach out of x.
 */
export function blockedConvTranspose(
  emission: Emission,
  [g, kernel]: readonly [Operand, Operand],
  attrs: ConvAttributes,
  equation: Equation,
): readonly Operand[] | undefined {
  const { channelBlock: block } = emission
  const { graph } = kernel
  const [height, width, c, f] = kernel.shape as [number, number, number, number]
  if (block === undefined || !isPlane(kernel, attrs) || c % block > 0 || f % block > 0) return undefined
  const padding = attrs.padding.map(([before, after], axis) => {
    const reach = windowSpan([height, width][axis]!, attrs.dilations[axis]!) - 1
    return [reach - before, reach - after] as const
  })
  const isInside = padding.flat().every((amount) => amount >= 0)
  if (!isInside || attrs.strides.some((stride) => stride > 1)) return undefined
  const filters = kernel.form('blocks turned round', () => {
    const places = height * width
    const rows = reshape(graph, kernel.tensor, [places, c, f])
    const backwards = graph.list(...Array.from({ length: places }, (_, at) => places - 1 - at))
    const turned = graph.one('Gather', [rows, backwards], rows, { axis: 0 })
    return inOrderOf(
      graph,
      turned,
      [height, width, c / block, block, f / block, block],
      [2, 4, 0, 1, 5, 3],
      [c, f, height, width],
    )
  })
  return convolved(emission, [inBlocks(g), filters], [height, width], { ...attrs, padding }, equation)
}

/** Whether a kernel slides over a plane of numbers of one group, and is larger than a point, for which products are as fast. */
const isPlane = ({ shape }: Operand, { groups }: ConvAttributes): boolean =>
  groups === 1 && shape.length === 4 && isConcrete(shape) && shape[0]! * shape[1]! > 1

/** The elements of a tensor in another shape, there in another order, and again in another shape. */
function inOrderOf(
  graph: Graph,
  tensor: Tensor,
  split: readonly number[],
  perm: Permutation,
  shape: Shape,
): Tensor {
  const apart = reshape(graph, tensor, split)
  const moved = graph.one('Transpose', [apart], { shape: permute(split, perm), dtype: 'float32' }, { perm })
  return reshape(graph, moved, shape)
}

/** With the bias, and the relu, that follow. */
function convolved(
  emission: Emission,
  inputs: readonly Tensor[],
  window: readonly number[],
  attrs: ConvAttributes,
  equation: Equation,
): readonly Operand[] {
  const [y] = equation.outputs
  const bias: Bias | undefined = biasOf(emission, equation)
  const sum = bias?.sum ?? equation
  const next = emission.soleReader(sum.outputs[0]!)
  const relu = next?.op === 'call' && next.attrs.name === 'relu' ? next : undefined
  const tensor = emission.graph.one(
    `${DOMAIN}.Conv`,
    bias ? [...inputs, bias.operand.tensor] : inputs,
    { shape: permute(y!.shape, channelsFirst(4)), dtype: 'float32' },
    { kernel_shape: window, ...convAttributes(attrs), ...(relu && { activation: 'Relu' }) },
  )
  const results = [new Blocked(emission.graph, y!, tensor)]
  if (bias) emission.together(bias.sum, results)
  return relu ? emission.together(relu, results) : results
}
