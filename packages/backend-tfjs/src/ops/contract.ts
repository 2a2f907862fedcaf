import { concrete, freeAxes, sizeOf } from '@fn/core'
import { batchMatMul, reshape, transpose } from '../kernel.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import { convolution } from './convolution.ts'

/** A general product as a product of batches of matrices. */
const dot: Lowering<'dot'> = ({ inputs, attrs: { contract, batch }, outputs }, { engine }) => {
  const shapes = inputs.map(({ shape }) => concrete(shape))
  const [a, b] = shapes.map((shape, side) => ({
    shape,
    batch: batch[side]!,
    free: freeAxes(shape.length, contract[side]!, batch[side]!),
    contract: contract[side]!,
  }))
  const size = (side: typeof a, axes: readonly number[]): number =>
    sizeOf(axes.map((axis) => side!.shape[axis]!))
  const batches = size(a, a!.batch)
  const [m, k, n] = [size(a, a!.free), size(a, a!.contract), size(b, b!.free)]
  const inOrder = (axes: readonly number[]): boolean => axes.every((axis, at) => axis === at)
  // Most kernels read swapped matrices as fast. On wasm swapped operands leave XNNPACK: 5 to 20 × slower than
  // an explicit transpose before.
  const flipA = engine !== 'wasm' && inOrder([...a!.batch, ...a!.contract, ...a!.free])
  const flipB = engine !== 'wasm' && inOrder([...b!.batch, ...b!.free, ...b!.contract])
  const permuteA = flipA ? [] : [...a!.batch, ...a!.free, ...a!.contract]
  const permuteB = flipB ? [] : [...b!.batch, ...b!.contract, ...b!.free]
  const out = concrete(outputs[0]!.shape)
  const moves = (axes: readonly number[]): boolean => !inOrder(axes)
  // a·b = (bᵀ·aᵀ)ᵀ: where b would have to be transposed and is larger than a and the product together, they are moved
  // instead. XNNPACK also packs its right operand anew each time, and then that is the smaller one.
  const turned = engine === 'wasm' && moves(permuteB) && !moves(permuteA) && k * n > m * k + m * n
  if (turned) {
    return ([x, y]) => {
      const left = reshape(transpose(y!, [...b!.batch, ...b!.free, ...b!.contract]), [batches, n, k])
      const right = transpose(reshape(x!, [batches, m, k]), [0, 2, 1])
      return reshape(transpose(batchMatMul(left, right), [0, 2, 1]), out)
    }
  }
  return ([x, y]) => {
    const left = reshape(transpose(x!, permuteA), flipA ? [batches, k, m] : [batches, m, k])
    const right = reshape(transpose(y!, permuteB), flipB ? [batches, n, k] : [batches, k, n])
    return reshape(batchMatMul(left, right, flipA, flipB), out)
  }
}

export const contract: Lowerings<'dot' | 'conv' | 'convTranspose' | 'convFilterGrad'> = {
  dot,
  ...convolution,
}
