import { ShapeError } from '../../errors.ts'
import { addDims, floorDiv, formatShape, mayBeSame } from '../dims.ts'
import type { Dim, TensorType } from '../types.ts'
import { expectDType, nonDifferentiable, type OpDefinition } from './op.ts'

/** A window that slides over the spatial axes of a channels-last tensor [n, …spatial, c]. */
export interface WindowAttributes {
  readonly window: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** [before, after] for each spatial axis, always explicit. */
  readonly padding: readonly (readonly [number, number])[]
}

export type PoolAttributes = Omit<WindowAttributes, 'dilations'>

export interface AvgPoolGradAttributes extends PoolAttributes {
  /** The spatial sizes of the input of the pooling. */
  readonly inputSize: readonly Dim[]
}

/** How far a window of `size` elements reaches when they stand `dilation` apart. */
export function windowSpan(size: number, dilation: number): number {
  return (size - 1) * dilation + 1
}

/** How many windows fit along one spatial axis. */
export function windowCount(
  dim: Dim,
  axis: number,
  { window, strides, dilations, padding }: WindowAttributes,
): Dim {
  const span = windowSpan(window[axis]!, dilations[axis]!)
  const [before, after] = padding[axis]!
  if (typeof dim !== 'number') return addDims(floorDiv(addDims(dim, before, after, -span), strides[axis]!), 1)
  const count = Math.floor((dim + before + after - span) / strides[axis]!) + 1
  if (count < 1) {
    throw new ShapeError(
      `A window that spans ${span} does not fit into ${dim} elements with padding [${before}, ${after}].`,
    )
  }
  return count
}

export function expectWindow(x: TensorType, { window, strides, dilations, padding }: WindowAttributes): void {
  const rank = window.length
  if (x.shape.length !== rank + 2 || rank < 1 || rank > 3) {
    throw new ShapeError(`Expected an input of rank ${rank + 2}. Received: ${formatShape(x.shape)}.`)
  }
  if (strides.length !== rank || dilations.length !== rank || padding.length !== rank) {
    throw new ShapeError(`Expected ${rank} strides, dilations and paddings.`)
  }
}

const undilated = (attrs: PoolAttributes): WindowAttributes => ({
  ...attrs,
  dilations: attrs.window.map(() => 1),
})

/** The type of the pooled tensor. */
function pooled(x: TensorType, attrs: PoolAttributes): TensorType {
  expectDType(x, 'float32')
  expectWindow(x, undilated(attrs))
  attrs.padding.forEach(([before, after], axis) => {
    const window = attrs.window[axis]!
    if (before >= window || after >= window) {
      throw new ShapeError(`Padding [${before}, ${after}] leaves a window of ${window} empty.`)
    }
  })
  const size = x.shape.slice(1, -1).map((dim, axis) => windowCount(dim, axis, undilated(attrs)))
  return { shape: [x.shape[0]!, ...size, x.shape[x.shape.length - 1]!], dtype: x.dtype }
}

const onlyPool = ({ window, strides, padding }: PoolAttributes): PoolAttributes => ({
  window,
  strides,
  padding,
})

/**
 * The greatest element of each window; padding counts as −∞. Not defined for a window that has NaN in it, or nothing but
 * −∞.
 */
const maxPool: OpDefinition<PoolAttributes> = {
  arity: 1,
  infer: ([x], attrs) => [pooled(x!, attrs)],
  gradient: (b, { inputs: [x], outputs: [y], attrs, g }) => [b.maxPoolGrad(x!, y!, g, attrs)],
}

/** (x, y = maxPool(x), g) → g at the FIRST greatest element of each window, in row-major order; else 0. */
const maxPoolGrad: OpDefinition<PoolAttributes> = {
  arity: 3,
  infer([x, y, g], attrs) {
    const expected = pooled(x!, attrs)
    for (const type of [y!, g!]) {
      if (!mayBeSame(type.shape, expected.shape)) {
        throw new ShapeError(`Expected ${formatShape(expected.shape)}. Received: ${formatShape(type.shape)}.`)
      }
    }
    return [{ shape: x!.shape, dtype: x!.dtype }]
  },
  gradient: nonDifferentiable('the second derivative of a max pooling is not needed by any layer'),
}

/** The mean of each window over the elements that are no padding; not defined for one that has NaN in it. */
const avgPool: OpDefinition<PoolAttributes> = {
  arity: 1,
  infer: ([x], attrs) => [pooled(x!, attrs)],
  gradient: (b, { inputs: [x], attrs, g }) => [
    b.avgPoolGrad(g, { ...onlyPool(attrs), inputSize: x!.shape.slice(1, -1) }),
  ],
}

/** g → each element of a window gets its share g / (elements of the window that are no padding). */
const avgPoolGrad: OpDefinition<AvgPoolGradAttributes> = {
  arity: 1,
  infer([g], attrs) {
    const x: TensorType = {
      shape: [g!.shape[0]!, ...attrs.inputSize, g!.shape[g!.shape.length - 1]!],
      dtype: g!.dtype,
    }
    const expected = pooled(x, attrs)
    if (!mayBeSame(expected.shape, g!.shape)) {
      throw new ShapeError(`Expected ${formatShape(expected.shape)}. Received: ${formatShape(g!.shape)}.`)
    }
    return [x]
  },
  // It is linear, and its transpose is the pooling itself.
  gradient: (b, { attrs, g }) => [b.avgPool(g, onlyPool(attrs))],
}

export const window = { maxPool, maxPoolGrad, avgPool, avgPoolGrad }
