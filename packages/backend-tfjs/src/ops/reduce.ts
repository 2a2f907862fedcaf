import { concrete, sizeOf } from '@fn/core'
import { engine, type Tensor } from '@tensorflow/tfjs-core'
import { elementsOf } from '../heap.ts'
import { add, asFloats, batchMatMul, cast, kernel, pad, reshape, slice } from '../kernel.ts'
import type { Lowering, Lowerings } from '../lowering.ts'

type Reduce = 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin' | 'argMax' | 'cumSum' | 'topK'

const direct =
  (name: string): Lowering<'reduceMax' | 'reduceMin' | 'reduceSum' | 'reduceProd'> =>
  ({ attrs: { axes }, outputs }) =>
  ([x]) =>
    reshape(
      asFloats(x!, (floats) =>
        kernel(name, { x: floats }, { axis: [...axes], reductionIndices: [...axes], keepDims: false }),
      ),
      concrete(outputs[0]!.shape),
    )

/**
 * wasm sums over leading axes by transposing first. Seen as an image of height `rest` each sample has a mean by
 * XNNPACK, and a row of `rest` times the means sums them: 15 × faster for 128×26×26×16.
 */
const reduceSum: Lowering<'reduceSum'> = (equation, context) => {
  const { inputs, attrs, outputs } = equation
  const shape = concrete(inputs[0]!.shape)
  const leading = attrs.axes.length
  const contiguous = attrs.axes.every((axis, at) => axis === at) && leading < shape.length
  const size = sizeOf(shape)
  if (context.engine !== 'wasm' || !contiguous || size === 0 || inputs[0]!.dtype !== 'float32') {
    return direct('Sum')(equation, context)
  }
  const samples = leading > 1 ? shape[0]! : 1
  const rest = sizeOf(shape.slice(0, leading)) / samples
  const columns = sizeOf(shape.slice(leading))
  const pool = { filterSize: [rest, 1], strides: [1, 1], pad: 'valid' }
  const row = context.constant(new Float32Array(samples).fill(rest), [1, 1, samples], 'float32')
  const plain = direct('Sum')(equation, context)
  return ([x]) => {
    const means = reshape(kernel('AvgPool', { x: reshape(x!, [samples, rest, 1, columns]) }, pool), [
      1,
      samples,
      columns,
    ])
    // XNNPACK holds a mean between −∞ and ∞, and makes the former of NaN.
    if ((elementsOf(means) as Float32Array).includes(Number.NEGATIVE_INFINITY)) return plain([x!])
    return reshape(batchMatMul(row, means), concrete(outputs[0]!.shape))
  }
}

/**
 * Along the middle of [before, n, after]: each adds what lies 1 before it, then 2, then 4 … The kernel of webgpu keeps the
 * length of an axis in the code of a shader that it uses for all lengths.
 */
function runningSum(x: Tensor, exclusive: boolean, reverse: boolean): Tensor {
  const [before, n, after] = x.shape as [number, number, number]
  const shifted = (values: Tensor, by: number): Tensor => {
    const kept = slice(values, [0, reverse ? by : 0, 0], [before, n - by, after])
    return pad(kept, [[0, 0], reverse ? [0, by] : [by, 0], [0, 0]])
  }
  let sum = x
  for (let by = 1; by < n; by *= 2) sum = add(sum, shifted(sum, by))
  return exclusive ? shifted(sum, 1) : sum
}

export const reduce: Lowerings<Reduce> = {
  reduceSum,
  reduceProd: direct('Prod'),
  reduceMax: direct('Max'),
  reduceMin: direct('Min'),
  argMax:
    ({ attrs: { axis }, outputs }) =>
    ([x]) =>
      // The kernel of webgpu answers an axis where there is none.
      reshape(
        cast(
          asFloats(x!, (floats) => kernel('ArgMax', { x: floats }, { axis })),
          'int32',
        ),
        concrete(outputs[0]!.shape),
      ),
  cumSum: ({ inputs, attrs: { axis, exclusive, reverse } }, context) => {
    const shape = concrete(inputs[0]!.shape)
    const flat = [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))] as const
    if (context.engine === 'webgpu')
      return ([x]) => reshape(runningSum(reshape(x!, flat), exclusive, reverse), shape)
    return ([x]) =>
      reshape(kernel('Cumsum', { x: reshape(x!, flat) }, { axis: 1, exclusive, reverse }), shape)
  },
  topK: ({ inputs, attrs: { k }, outputs }, context) => {
    const shape = concrete(inputs[0]!.shape)
    const size = shape.at(-1)!
    if (size === 1 && k === 1) {
      // The kernels of GPUs answer x itself, as if it were another tensor.
      const places = context.constant(new Int32Array(sizeOf(shape)), shape, 'int32')
      return ([x]) => [x!, places]
    }
    return ([x]) => {
      const rows = reshape(x!, [x!.size / size, size])
      const made = engine().runKernel<Tensor[]>('TopK', { x: rows }, { k, sorted: true })
      return made.map((part) => reshape(part, concrete(outputs[0]!.shape)))
    }
  },
}
