import { ShapeError } from '../../errors.ts'
import {
  addDims,
  broadcastShapes,
  ceilDiv,
  formatShape,
  mayBeSame,
  mayEqual,
  productOf,
  subDims,
} from '../dims.ts'
import type { Dim, Shape } from '../types.ts'
import { expectAxes, expectAxis, expectSameDType, type OpDefinition } from './op.ts'

export interface ShapeAttributes {
  readonly shape: Shape
}
export interface TransposeAttributes {
  readonly permutation: readonly number[]
}
export interface SliceAttributes {
  readonly starts: readonly Dim[]
  /** Where each axis ends (exclusive); null for its whole rest. */
  readonly ends: readonly (Dim | null)[]
  readonly strides: readonly number[]
}
export interface PadAttributes {
  readonly low: readonly Dim[]
  readonly high: readonly Dim[]
  readonly value: number
}
export interface AxisAttributes {
  readonly axis: number
}
export interface AxesAttributes {
  readonly axes: readonly number[]
}

const reshape: OpDefinition<ShapeAttributes> = {
  arity: 1,
  infer([x], { shape }) {
    if (!mayEqual(productOf(x!.shape), productOf(shape))) {
      throw new ShapeError(`Can not reshape ${formatShape(x!.shape)} into ${formatShape(shape)}.`)
    }
    return [{ shape, dtype: x!.dtype }]
  },
  gradient: (b, { inputs: [x], g }) => [b.reshape(g, x!.shape)],
}

/** Output axis i is input axis permutation[i]. */
const transpose: OpDefinition<TransposeAttributes> = {
  arity: 1,
  infer([x], { permutation }) {
    expectAxes(permutation, x!)
    if (permutation.length !== x!.shape.length) {
      throw new ShapeError(`Permutation [${permutation}] does not fit shape ${formatShape(x!.shape)}.`)
    }
    return [{ shape: permutation.map((axis) => x!.shape[axis]!), dtype: x!.dtype }]
  },
  gradient: (b, { attrs: { permutation }, g }) => [
    b.transpose(
      g,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
}

/** To a larger shape by NumPy's rule. */
const broadcast: OpDefinition<ShapeAttributes> = {
  arity: 1,
  infer([x], { shape }) {
    if (!mayBeSame(broadcastShapes(x!.shape, shape), shape)) {
      throw new ShapeError(`Can not broadcast ${formatShape(x!.shape)} to ${formatShape(shape)}.`)
    }
    return [{ shape, dtype: x!.dtype }]
  },
  gradient: (b, { inputs: [x], g }) => [b.sumTo(g, x!.shape)],
}

const slice: OpDefinition<SliceAttributes> = {
  arity: 1,
  infer([x], { starts, ends, strides }) {
    const rank = x!.shape.length
    if (starts.length !== rank || ends.length !== rank || strides.length !== rank) {
      throw new ShapeError(`slice: expected ${rank} starts, ends and strides.`)
    }
    const shape = x!.shape.map((dim, axis): Dim => {
      const [start, end, stride] = [starts[axis]!, ends[axis] ?? dim, strides[axis]!]
      if (typeof end !== 'number' || typeof start !== 'number')
        return start === 0 && stride === 1 ? end : ceilDiv(subDims(end, start), stride)
      if (start < 0 || end < start || stride < 1 || (typeof dim === 'number' && end > dim)) {
        throw new ShapeError(
          `slice: [${start}, ${end}) by ${stride} is outside of axis ${axis} of size ${dim}.`,
        )
      }
      return Math.ceil((end - start) / stride)
    })
    return [{ shape, dtype: x!.dtype }]
  },
  // The transpose of taking is putting back among zeros: first between the elements, then around them.
  gradient(b, { inputs: [x], attrs: { starts, ends, strides }, g }) {
    let spread = g
    strides.forEach((stride, axis) => {
      if (stride > 1) spread = b.insertZeros(spread, axis, stride)
    })
    const high = x!.shape.map((dim, axis) =>
      ends[axis] === null && strides[axis] === 1
        ? 0
        : subDims(subDims(dim, starts[axis]!), spread.shape[axis]!),
    )
    return [b.pad(spread, starts, high)]
  },
}

/** Around x stands a number that float32 holds, and not NaN. */
const pad: OpDefinition<PadAttributes> = {
  arity: 1,
  infer([x], { low, high }) {
    if (low.length !== x!.shape.length || high.length !== x!.shape.length) {
      throw new ShapeError(`pad: expected ${x!.shape.length} amounts before and after.`)
    }
    const shape = x!.shape.map((dim, axis): Dim => {
      const [before, after] = [low[axis]!, high[axis]!]
      if ([before, after].some((amount) => typeof amount === 'number' && amount < 0))
        throw new ShapeError(`pad: expected amounts ≥ 0. Received: [${low}], [${high}].`)
      return addDims(before, dim, after)
    })
    return [{ shape, dtype: x!.dtype }]
  },
  gradient: (b, { inputs: [x], attrs: { low, high }, g }) => [
    b.slice(
      g,
      low,
      x!.shape.map((dim, axis) => (low[axis] === 0 && high[axis] === 0 ? null : addDims(low[axis]!, dim))),
    ),
  ],
}

const concat: OpDefinition<AxisAttributes> = {
  arity: undefined,
  infer(inputs, { axis }) {
    const [first, ...rest] = inputs
    expectAxis(axis, first!)
    expectSameDType(...inputs)
    for (const type of rest) {
      const fits =
        type.shape.length === first!.shape.length &&
        type.shape.every((dim, at) => at === axis || mayEqual(dim, first!.shape[at]!))
      if (!fits) {
        throw new ShapeError(
          `Expected shapes that agree on all axes but ${axis}. Received: ${inputs.map(({ shape }) => formatShape(shape)).join(', ')}.`,
        )
      }
    }
    if (rest.length === 0) return [{ shape: first!.shape, dtype: first!.dtype }]
    const total = addDims(...inputs.map(({ shape }) => shape[axis]!))
    return [{ shape: first!.shape.map((dim, at) => (at === axis ? total : dim)), dtype: first!.dtype }]
  },
  gradient(b, { inputs, attrs: { axis }, g }) {
    let start: Dim = 0
    return inputs.map((input) => {
      const end = addDims(start, input.shape[axis]!)
      const part = b.sliceAxis(g, axis, start, end)
      start = end
      return part
    })
  },
}

const reverse: OpDefinition<AxesAttributes> = {
  arity: 1,
  infer([x], { axes }) {
    expectAxes(axes, x!)
    return [{ shape: x!.shape, dtype: x!.dtype }]
  },
  gradient: (b, { attrs: { axes }, g }) => [b.reverse(g, axes)],
}

export const move = { reshape, transpose, broadcast, slice, pad, concat, reverse }
