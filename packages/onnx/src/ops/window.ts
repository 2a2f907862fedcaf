import {
  type AvgPoolGradAttributes,
  type EquationOf,
  isConcrete,
  type PoolAttributes,
  productOf,
  type Shape,
  ShapeError,
  sizeOf,
} from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import { reshape } from '../graph/shapes.ts'
import type { Attribute, Tensor } from '../graph/types.ts'
import type { Operand } from '../operand/operand.ts'
import { channelsFirst, permute } from '../permutation.ts'
import { transposedConv } from './conv-transpose.ts'
import { emitMaxPool, emitMaxPoolGrad } from './max-pool.ts'
import { poolAttributes } from './pads.ts'

const emitAvgPool = (
  emission: Emission,
  [x]: readonly Operand[],
  attrs: PoolAttributes,
  equation: EquationOf<'avgPool'>,
): readonly Operand[] => {
  const { shape, dtype } = equation.outputs[0]!
  const first = channelsFirst(shape.length)
  const attributes: Readonly<Record<string, Attribute>> = { ...poolAttributes(attrs), count_include_pad: 0 }
  const tensor = emission.graph.one(
    'AveragePool',
    [x!.as(first)],
    { shape: permute(shape, first), dtype },
    attributes,
  )
  return emission.computed(equation, tensor, first)
}

/** Each window hands its elements their shares: g / (elements that are no padding), spread by a kernel of ones. */
function emitAvgPoolGrad(
  emission: Emission,
  [g]: readonly Operand[],
  attrs: AvgPoolGradAttributes,
  equation: EquationOf<'avgPoolGrad'>,
): readonly Operand[] {
  const { graph } = emission
  const { shape, dtype } = equation.outputs[0]!
  const out = g!.shape.slice(1, -1)
  const channels = shape.at(-1)!
  if (!isConcrete(out) || !isConcrete(attrs.inputSize) || typeof channels !== 'number') {
    throw new ShapeError('avgPoolGrad: expected fixed spatial sizes and channels.')
  }
  const first = channelsFirst(shape.length)
  const share = graph.constant(shares(out, attrs.inputSize, attrs), [1, 1, ...out], 'float32')
  const slope = g!.as(first)
  const scaled = graph.one('Mul', [slope, share], slope)
  const type = { shape: permute(shape, first), dtype }
  // Three spatial axes have no groups there: each channel is an example.
  const apart = emission.target === 'webgpu' && attrs.window.length === 3
  const groups = apart ? 1 : channels
  const ones = graph.constant(
    new Array<number>(groups * sizeOf(attrs.window)).fill(1),
    [groups, 1, ...attrs.window],
    'float32',
  )
  const conv = { ...attrs, dilations: attrs.window.map(() => 1), groups }
  const alone = ({ shape: [n, c, ...spatial] }: Pick<Tensor, 'shape'>): Shape => [
    productOf([n!, c!]),
    1,
    ...spatial,
  ]
  const tensor = apart
    ? reshape(
        graph,
        transposedConv(emission, [reshape(graph, scaled, alone(scaled)), ones], attrs.window, conv, {
          ...type,
          shape: alone(type),
        }),
        type.shape,
      )
    : transposedConv(emission, [scaled, ones], attrs.window, conv, type)
  return emission.computed(equation, tensor, first)
}

/** 1 / (elements of each window that are no padding), row-major. */
function shares(
  out: readonly number[],
  size: readonly number[],
  { window, strides, padding }: PoolAttributes,
): number[] {
  const alongAxes = out.map((count, axis) =>
    Array.from({ length: count }, (_, at) => {
      const start = at * strides[axis]! - padding[axis]![0]
      return Math.min(start + window[axis]!, size[axis]!) - Math.max(start, 0)
    }),
  )
  return alongAxes
    .reduce((all, along) => all.flatMap((x) => along.map((y) => x * y)), [1])
    .map((count) => 1 / count)
}

export const window = (emission: Emission): Family<'window'> => ({
  maxPool: (inputs, attrs, equation) => emitMaxPool(emission, inputs, attrs, equation),
  maxPoolGrad: (inputs, attrs, equation) => emitMaxPoolGrad(emission, inputs, attrs, equation),
  avgPool: (inputs, attrs, equation) => emitAvgPool(emission, inputs, attrs, equation),
  avgPoolGrad: (inputs, attrs, equation) => emitAvgPoolGrad(emission, inputs, attrs, equation),
})
