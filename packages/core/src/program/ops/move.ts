import { ShapeError } from '../../errors.ts'
import { broadcastShapes, formatShape, productOf, sameShape } from '../dims.ts'
import type { Dim, Shape } from '../types.ts'
import { expectAxes, expectAxis, expectSameDType, type OpDefinition } from './op.ts'

export interface ShapeAttributes {
  readonly shape: Shape
}
export interface TransposeAttributes {
  readonly permutation: readonly number[]
}
export interface SliceAttributes {
  readonly starts: readonly number[]
  /** Where each axis ends (exclusive); null for its whole rest, which may be a symbol. */
  readonly ends: readonly (number | null)[]
  readonly strides: readonly number[]
}
export interface PadAttributes {
  readonly low: readonly number[]
  readonly high: readonly number[]
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
    if (productOf(x!.shape) !== productOf(shape)) {
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
    if (!sameShape(broadcastShapes(x!.shape, shape), shape)) {
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
      if (typeof end !== 'number') {
        if (start === 0 && stride === 1) return dim
        throw new ShapeError(`slice: axis ${axis} of symbolic size ${dim} can only be taken whole.`)
      }
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
        : (dim as number) - starts[axis]! - (spread.shape[axis] as number),
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
      if (before < 0 || after < 0)
        throw new ShapeError(`pad: expected amounts ≥ 0. Received: [${low}], [${high}].`)
      if (before + after === 0) return dim
      if (typeof dim !== 'number')
        throw new ShapeError(`pad: axis ${axis} of symbolic size ${dim} can not grow.`)
      return before + dim + after
    })
    return [{ shape, dtype: x!.dtype }]
  },
  gradient: (b, { inputs: [x], attrs: { low, high }, g }) => [
    b.slice(
      g,
      low,
      x!.shape.map((dim, axis) => (low[axis]! + high[axis]! === 0 ? null : low[axis]! + (dim as number))),
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
        type.shape.every((dim, at) => at === axis || dim === first!.shape[at])
      if (!fits) {
        throw new ShapeError(
          `Expected shapes that agree on all axes but ${axis}. Received: ${inputs.map(({ shape }) => formatShape(shape)).join(', ')}.`,
        )
      }
    }
    if (rest.length === 0) return [{ shape: first!.shape, dtype: first!.dtype }]
    let total = 0
    for (const { shape } of inputs) {
      const dim = shape[axis]!
      if (typeof dim !== 'number') throw new ShapeError(`concat: axis ${axis} has the symbolic size ${dim}.`)
      total += dim
    }
    return [{ shape: first!.shape.map((dim, at) => (at === axis ? total : dim)), dtype: first!.dtype }]
  },
  gradient(b, { inputs, attrs: { axis }, g }) {
    let start = 0
    return inputs.map((input) => {
      const end = start + (input.shape[axis] as number)
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
