import {
  type ConvAttributes,
  type ConvFilterGradAttributes,
  type ConvTransposeAttributes,
  type Dim,
  type EquationOf,
  isConcrete,
  productOf,
  sizeOf,
  windowSpan,
} from '@fn/core'
import type { Emission } from '../emission.ts'
import { reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { Computed, type Operand } from '../operand/operand.ts'
import { channelsFirst, channelsForExamples, kernelFirst, permute } from '../permutation.ts'
import { type Bias, biasOf } from './bias.ts'
import { convAttributes, convolution, leftOver, transposedConv } from './conv-transpose.ts'
import { placesIn } from './pads.ts'

/** From so many on, a filter gradient is faster as products than as a convolution. */
const FEWEST_CHANNELS = 8

const biasTensors = (bias: Bias | undefined): readonly Tensor[] => (bias ? [bias.operand.tensor] : [])

const windowOf = (kernel: Operand): number[] => kernel.shape.slice(0, -2) as number[]

export function emitConv(
  emission: Emission,
  [x, kernel]: readonly Operand[],
  attrs: ConvAttributes,
  equation: EquationOf<'conv'>,
): readonly Operand[] {
  const { shape, dtype } = equation.outputs[0]!
  const first = channelsFirst(shape.length)
  const bias = biasOf(emission, equation)
  const inputs = [x!.as(first), kernel!.as(kernelFirst(kernel!.rank)), ...biasTensors(bias)]
  const type = { shape: permute(shape, first), dtype }
  const attributes = { kernel_shape: windowOf(kernel!), ...convAttributes(attrs) }
  const results = emission.computed(equation, convolution(emission, inputs, type, attributes), first)
  return bias ? emission.together(bias.sum, results) : results
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
  const bias = biasOf(emission, equation)
  const inputs = [y!.as(first), kernel!.as(kernelFirst(kernel!.rank)), ...biasTensors(bias)]
  const tensor = transposedConv(emission, inputs, windowOf(kernel!), attrs, type)
  const results = emission.computed(equation, tensor, first)
  return bias ? emission.together(bias.sum, results) : results
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
  if (asProducts(x!, g!, attrs)) return emitFilterGradAsProducts(emission, x!, g!, attrs, equation)
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
  const whole = convolution(
    emission,
    [groups === 1 ? x!.as(swapped) : grouped(emission, x!, groups), g!.as(swapped)],
    type,
    convAttributes({ strides: dilations, dilations: strides, padding, groups }),
  )
  return emission.computed(equation, cropped(emission, whole, kernelSize), layout)
}

/** A Conv whose window is a whole image is slow, but for products of a few channels it is faster than they are. */
const asProducts = (x: Operand, g: Operand, { groups }: ConvFilterGradAttributes): boolean =>
  groups === 1 &&
  isConcrete(x.shape) &&
  isConcrete(g.shape) &&
  x.shape.at(-1)! >= FEWEST_CHANNELS &&
  g.shape.at(-1)! >= FEWEST_CHANNELS

/**
 * dW[k] = Σ x[k]ᵀ g, a product for each place k of the kernel, with the elements of x that k meets as the windows move:
 * [n, c, outputs] · [n, outputs, f], summed over the examples.
 */
function emitFilterGradAsProducts(
  { graph }: Emission,
  x: Operand,
  g: Operand,
  { kernelSize, strides, dilations, padding }: ConvFilterGradAttributes,
  equation: EquationOf<'convFilterGrad'>,
): readonly Operand[] {
  const type = (shape: readonly number[]) => ({ shape, dtype: 'float32' }) as const
  const first = channelsFirst(x.rank)
  const [n, ...size] = x.shape.slice(0, -1) as number[]
  const window = g.shape.slice(1, -1) as number[]
  const [c, f] = [x.shape.at(-1) as number, g.shape.at(-1) as number]
  const outputs = sizeOf(window)
  const isPadded = padding.flat().some((amount) => amount > 0)
  const low = padding.map(([before]) => before)
  const high = padding.map(([, after]) => after)
  const widened = size.map((dim, axis) => dim + low[axis]! + high[axis]!)
  const images = isPadded
    ? graph.one('Pad', [x.as(first), graph.list(0, 0, ...low, 0, 0, ...high)], type([n!, c, ...widened]))
    : x.as(first)
  const slopes = reshape(graph, g.tensor, [n!, outputs, f])
  const axes = graph.list(...size.map((_, axis) => axis + 2))
  const products = placesIn(kernelSize).map((place) => {
    const starts = place.map((at, axis) => at * dilations[axis]!)
    const ends = starts.map((start, axis) => start + (window[axis]! - 1) * strides[axis]! + 1)
    const cut = [graph.list(...starts), graph.list(...ends), axes, graph.list(...strides)]
    const met = graph.one('Slice', [images, ...cut], type([n!, c, ...window]))
    const product = graph.one('MatMul', [reshape(graph, met, [n!, c, outputs]), slopes], type([n!, c, f]))
    return graph.one('ReduceSum', [product, graph.list(0)], type([c, f]), { keepdims: 0 })
  })
  const all =
    products.length === 1
      ? products[0]!
      : graph.one('Concat', products, type([products.length * c, f]), { axis: 0 })
  return [new Computed(graph, equation.outputs[0]!, reshape(graph, all, equation.outputs[0]!.shape))]
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
