import {
  type ConvAttributes,
  type ConvFilterGradAttributes,
  type ConvTransposeAttributes,
  type Dim,
  type EquationOf,
  productOf,
  windowSpan,
} from '@fn/core'
import type { Emission } from '../emission.ts'
import { reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import type { Operand } from '../operand/operand.ts'
import { channelsFirst, channelsForExamples, kernelFirst, permute } from '../permutation.ts'
import { convAttributes, leftOver, transposedConv } from './conv-transpose.ts'

const windowOf = (kernel: Operand): number[] => kernel.shape.slice(0, -2) as number[]

export function emitConv(
  emission: Emission,
  [x, kernel]: readonly Operand[],
  attrs: ConvAttributes,
  equation: EquationOf<'conv'>,
): readonly Operand[] {
  const { shape, dtype } = equation.outputs[0]!
  const first = channelsFirst(shape.length)
  const node = emission.graph.node(
    'Conv',
    [x!.as(first), kernel!.as(kernelFirst(kernel!.rank))],
    [{ shape: permute(shape, first), dtype }],
    { kernel_shape: windowOf(kernel!), ...convAttributes(attrs) },
  )
  const results = emission.computed(equation, node.outputs[0]!, first)
  emission.convolutions.set(results[0], node)
  return results
}

export function emitConvTranspose(
  emission: Emission,
  [y, kernel]: readonly Operand[],
  attrs: ConvTransposeAttributes,
  equation: EquationOf<'convTranspose'>,
): readonly Operand[] {
  const { shape, dtype } = equation.outputs[0]!
  const first = channelsFirst(shape.length)
  const type = { shape: permute(shape, first), dtype }
  const [input, weight] = [y!.as(first), kernel!.as(kernelFirst(kernel!.rank))]
  return emission.computed(
    equation,
    transposedConv(emission.graph, input, weight, windowOf(kernel!), attrs, type),
    first,
  )
}

/**
 * dW[k, c, f] = Σ x[n, o·stride + k·dilation − before, c] · g[n, o, f]: the convolution of x with the window g, channels
 * in the place of examples and examples in that of channels, strides in the place of dilations and the other way round.
 */
export function emitConvFilterGrad(
  emission: Emission,
  [x, g]: readonly Operand[],
  attrs: ConvFilterGradAttributes,
  equation: EquationOf<'convFilterGrad'>,
): readonly Operand[] {
  const { graph } = emission
  const { shape, dtype } = equation.outputs[0]!
  const { kernelSize, strides, dilations, groups } = attrs
  const swapped = channelsForExamples(x!.rank)
  const size = x!.shape.slice(1, -1)
  const window = g!.shape.slice(1, -1)
  // Of what the windows did not reach: first the padding is left out, then what it would still give is cut off.
  const beyond = kernelSize.map((own, axis) => leftOver(size[axis]!, own, axis, attrs))
  const padding = attrs.padding.map(
    ([before, after], axis) => [before, Math.max(after - beyond[axis]!, 0)] as const,
  )
  const given = kernelSize.map((own, axis) => {
    const [dim, count] = [size[axis]!, window[axis]!]
    if (typeof dim !== 'number' || typeof count !== 'number') return own
    const [before, after] = padding[axis]!
    return Math.floor((dim + before + after - windowSpan(count, strides[axis]!)) / dilations[axis]!) + 1
  })

  const layout = kernelFirst(shape.length)
    .with(0, shape.length - 2)
    .with(1, shape.length - 1)
  const [perGroup, filters] = shape.slice(-2) as [Dim, Dim]
  const type = { shape: [perGroup, filters, ...given], dtype }
  const whole = graph.one(
    'Conv',
    [groups === 1 ? x!.as(swapped) : grouped(emission, x!, groups), g!.as(swapped)],
    type,
    convAttributes({ strides: dilations, dilations: strides, padding, groups }),
  )
  return emission.computed(equation, cropped(emission, whole, kernelSize), layout)
}

/** x [n, …spatial, groups · c] as [c, groups · n, …spatial]: to each group its channels of all examples. */
function grouped({ graph }: Emission, x: Operand, groups: number): Tensor {
  const tensor = x.as(channelsFirst(x.rank))
  const [n, channels, ...spatial] = tensor.shape as [Dim, number, ...Dim[]]
  const perGroup = channels / groups
  const split = reshape(graph, tensor, [n, groups, perGroup, ...spatial])
  const perm = [2, 1, 0, ...spatial.map((_, axis) => axis + 3)]
  const moved = graph.one(
    'Transpose',
    [split],
    { shape: permute(split.shape, perm), dtype: x.dtype },
    { perm },
  )
  return reshape(graph, moved, [perGroup, productOf([groups, n]), ...spatial])
}

/** The first elements of the spatial axes of a kernel that is larger than asked for. */
function cropped({ graph }: Emission, tensor: Tensor, window: readonly number[]): Tensor {
  const axes = window.flatMap((size, axis) => (tensor.shape[axis + 2] === size ? [] : [axis]))
  if (axes.length === 0) return tensor
  return graph.one(
    'Slice',
    [
      tensor,
      graph.list(...axes.map(() => 0)),
      graph.list(...axes.map((axis) => window[axis]!)),
      graph.list(...axes.map((axis) => axis + 2)),
    ],
    { shape: [...tensor.shape.slice(0, 2), ...window], dtype: tensor.dtype },
  )
}
