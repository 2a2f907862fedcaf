import {
  addDims,
  type ConvFilterGradAttributes,
  type Dim,
  type EquationOf,
  floorDiv,
  isConcrete,
  productOf,
  type Shape,
  sameShape,
  sizeOf,
  subDims,
} from '@fn/core'
import type { Emission } from '../emission.ts'
import { reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { Computed, type Operand } from '../operand/operand.ts'
import { channelsFirst, channelsForExamples, inOrder, kernelFirst, permute } from '../permutation.ts'
import { convAttributes, convolution, leftOver } from './conv-transpose.ts'
import { placesIn } from './pads.ts'

/**
 * dW[k, c, f] = Σ x[n, o·stride + k·dilation − before, c] · g[n, o, f]: the convolution of x with the window g, examples
 * in the place of channels, strides in the place of dilations and the other way round.
 */
export function emitConvFilterGrad(
  emission: Emission,
  [x, g]: readonly Operand[],
  attrs: ConvFilterGradAttributes,
  equation: EquationOf<'convFilterGrad'>,
): readonly Operand[] {
  const { kernelSize, groups } = attrs
  if (groups > 1) return emitAsImages(emission, x!, g!, attrs, equation)
  const isPointwise = sizeOf(kernelSize) === 1
  // On a GPU a window as large as an image is slow.
  const isForGpu = emission.target === 'webgpu' && [x!, g!].every(({ shape }) => isMany(shape.at(-1)!))
  if ((isPointwise || isForGpu) && isConcrete(x!.shape))
    return emitAsProducts(emission, x!, g!, attrs, equation)
  return kernelSize.length <= 2 && emission.target !== 'webgpu'
    ? emitAsVolume(emission, x!, g!, attrs, equation)
    : emitAsImages(emission, x!, g!, attrs, equation)
}

/** Channels that it is faster to go through as a row. */
const isMany = (channels: Dim): boolean => typeof channels === 'number' && channels >= 8

/**
 * The channels of x as one more spatial axis, along which the window g has a width of 1: a single image [1, n, …spatial, c]
 * and windows [f, n, …outputs, 1] give [1, f, …kernel, c].
 */
function emitAsVolume(
  emission: Emission,
  x: Operand,
  g: Operand,
  attrs: ConvFilterGradAttributes,
  equation: EquationOf<'convFilterGrad'>,
): readonly Operand[] {
  const { graph } = emission
  const { shape, dtype } = equation.outputs[0]!
  const [c, f] = shape.slice(-2) as [number, number]
  const spatial = attrs.kernelSize.map((_, axis) => axis)
  const { padding, given } = windowed(x.shape, g.shape, attrs)
  const isRow = isMany(c)
  /** Puts what belongs to the channels beside what belongs to the spatial axes. */
  const beside = <T>(own: T, others: readonly T[]): readonly T[] =>
    isRow ? [...others, own] : [own, ...others]
  const images = x.as(isRow ? inOrder(x.rank) : channelsFirst(x.rank))
  const windows = g.as(channelsForExamples(g.rank))
  const [n, ...volume] = images.shape
  const tensor = convolution(
    emission,
    [
      reshape(graph, images, [1, n!, ...volume]),
      reshape(graph, windows, [f, n!, ...beside<Dim>(1, windows.shape.slice(2))]),
    ],
    { shape: [1, f, ...beside<Dim>(c, given)], dtype },
    convAttributes({
      strides: beside(1, attrs.dilations),
      dilations: beside(1, attrs.strides),
      padding: beside([0, 0] as const, padding),
      groups: 1,
    }),
  )
  const filters = cropped(emission, tensor, [1, f, ...beside(c, attrs.kernelSize)])
  const layout = [shape.length - 1, ...beside(shape.length - 2, spatial)]
  return emission.computed(equation, reshape(graph, filters, permute(shape, layout)), layout)
}

/** Each channel of x as an image whose channels are the examples: [c, n, …spatial] and [f, n, …outputs] give [c, f, …kernel]. */
function emitAsImages(
  emission: Emission,
  x: Operand,
  g: Operand,
  attrs: ConvFilterGradAttributes,
  equation: EquationOf<'convFilterGrad'>,
): readonly Operand[] {
  const { shape, dtype } = equation.outputs[0]!
  const { kernelSize, strides, dilations, groups } = attrs
  const swapped = channelsForExamples(x.rank)
  const { padding, given } = windowed(x.shape, g.shape, attrs)
  const layout = kernelFirst(shape.length)
    .with(0, shape.length - 2)
    .with(1, shape.length - 1)
  const [perGroup, filters] = shape.slice(-2) as [Dim, Dim]
  const whole = convolution(
    emission,
    [groups === 1 ? x.as(swapped) : grouped(emission, x, groups), g.as(swapped)],
    { shape: [perGroup, filters, ...given], dtype },
    convAttributes({ strides: dilations, dilations: strides, padding, groups }),
  )
  return emission.computed(equation, cropped(emission, whole, [perGroup, filters, ...kernelSize]), layout)
}

/** The padding that the windows reach, and how many places they find: first the padding is left out, then what is left over is cut off. */
function windowed(
  x: Shape,
  g: Shape,
  attrs: ConvFilterGradAttributes,
): { readonly padding: ConvFilterGradAttributes['padding']; readonly given: Shape } {
  const { kernelSize, strides, dilations } = attrs
  const size = x.slice(1, -1)
  const window = g.slice(1, -1)
  const beyond = kernelSize.map((own, axis) => leftOver(size[axis]!, window[axis]!, own, axis, attrs))
  // What is left over depends on a size that is known at run time: then it is cut off as a whole.
  const padding = attrs.padding.map(([before, after], axis) => {
    const rest = beyond[axis]!
    return [before, typeof rest === 'number' ? Math.max(after - rest, 0) : after] as const
  })
  const given = kernelSize.map((_, axis): Dim => {
    const [before, after] = padding[axis]!
    const stride = strides[axis]!
    // A window of g spans (count − 1) · stride + 1.
    const room = subDims(
      addDims(size[axis]!, before + after + stride - 1),
      productOf([window[axis]!, stride]),
    )
    return addDims(floorDiv(room, dilations[axis]!), 1)
  })
  return { padding, given }
}

/**
 * dW[k] = Σ x[k]ᵀ g, a product for each place k of the kernel, with the elements of x that k meets as the windows move:
 * [n, c, outputs] · [n, outputs, f], summed over the examples.
 */
function emitAsProducts(
  emission: Emission,
  x: Operand,
  g: Operand,
  { kernelSize, strides, dilations, padding }: ConvFilterGradAttributes,
  equation: EquationOf<'convFilterGrad'>,
): readonly Operand[] {
  const { graph } = emission
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
  // Of a product ONNX Runtime reads an operand transposed, if nothing stands between.
  const slopes =
    emission.cost(g, inOrder(g.rank)) === 0
      ? reshape(graph, g.tensor, [n!, outputs, f])
      : graph.one('Transpose', [reshape(graph, g.as(first), [n!, f, outputs])], type([n!, outputs, f]), {
          perm: [0, 2, 1],
        })
  const axes = graph.list(...size.map((_, axis) => axis + 2))
  const products = placesIn(kernelSize).map((place) => {
    const starts = place.map((at, axis) => at * dilations[axis]!)
    const ends = starts.map((start, axis) => start + (window[axis]! - 1) * strides[axis]! + 1)
    const cut = [graph.list(...starts), graph.list(...ends), axes, graph.list(...strides)]
    const isWhole = sameShape(images.shape, [n!, c, ...window])
    const met = isWhole ? images : graph.one('Slice', [images, ...cut], type([n!, c, ...window]))
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

/** The first elements along each axis of a tensor that is larger than asked for. */
function cropped({ graph }: Emission, tensor: Tensor, shape: Shape): Tensor {
  if (sameShape(tensor.shape, shape)) return tensor
  const axes = shape.flatMap((size, axis) => (tensor.shape[axis] === size ? [] : [axis]))
  return graph.one(
    'Slice',
    [
      tensor,
      graph.list(...axes.map(() => 0)),
      graph.list(...axes.map((axis) => shape[axis] as number)),
      graph.list(...axes),
    ],
    { shape, dtype: tensor.dtype },
  )
}
