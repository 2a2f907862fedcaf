import {
  type AvgPoolGradAttributes,
  type EquationOf,
  isConcrete,
  type PoolAttributes,
  ShapeError,
  sizeOf,
} from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import type { Attribute } from '../graph/types.ts'
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
  const ones = graph.constant(
    new Array<number>(channels * sizeOf(attrs.window)).fill(1),
    [channels, 1, ...attrs.window],
    'float32',
  )
  const conv = { ...attrs, dilations: attrs.window.map(() => 1), groups: channels }
  const tensor = transposedConv(graph, scaled, ones, attrs.window, conv, {
    shape: permute(shape, first),
    dtype,
  })
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
