import { concrete, sizeOf } from '@fn/core'
import { batchMatMul, kernel, reshape } from '../kernel.ts'
import type { Lowering, Lowerings } from '../lowering.ts'

type Reduce = 'reduceSum' | 'reduceMax' | 'reduceMin' | 'argMax'

const direct =
  (name: string): Lowering<'reduceMax' | 'reduceMin' | 'reduceSum'> =>
  ({ attrs: { axes }, outputs }) =>
  ([x]) =>
    reshape(
      kernel(name, { x: x! }, { axis: [...axes], reductionIndices: [...axes], keepDims: false }),
      concrete(outputs[0]!.shape),
    )

const reduceSum: Lowering<'reduceSum'> = (equation, context) => {
  const { inputs, attrs, outputs } = equation
  const shape = concrete(inputs[0]!.shape)
  const leading = attrs.axes.length
  const contiguous = attrs.axes.every((axis, at) => axis === at) && leading < shape.length
  if (context.engine === 'cpu' || !contiguous || inputs[0]!.dtype !== 'float32')
    return direct('Sum')(equation, context)
  // wasm sums over leading axes by transposing first; a row of ones times the matrix needs no transpose.
  const rows = sizeOf(shape.slice(0, leading))
  const columns = sizeOf(shape.slice(leading))
  const ones = context.constant(new Float32Array(rows).fill(1), [1, 1, rows], 'float32')
  return ([x]) => reshape(batchMatMul(ones, reshape(x!, [1, rows, columns])), concrete(outputs[0]!.shape))
}

export const reduce: Lowerings<Reduce> = {
  reduceSum,
  reduceMax: direct('Max'),
  reduceMin: direct('Min'),
  argMax:
    ({ attrs: { axis } }) =>
    ([x]) =>
      kernel('ArgMax', { x: x! }, { axis }),
}
