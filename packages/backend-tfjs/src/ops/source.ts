import { concrete, FnError, sizeOf, stridesOf, type Value } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { Context, Lowerings } from '../lowering.ts'

const holders = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const

/** A constant of one number. */
export const filled = (
  value: number,
  shape: readonly number[],
  dtype: Value['dtype'],
  context: Context,
): Tensor => context.constant(new holders[dtype](sizeOf(shape)).fill(value), shape, dtype)

export const source: Lowerings<'constant' | 'iota' | 'random' | 'dimSize'> = {
  constant: ({ attrs: { shape, dtype, data } }, context) => {
    const sizes = concrete(shape)
    const elements =
      data.length === 1 ? new holders[dtype](sizeOf(sizes)).fill(data[0]!) : holders[dtype].from(data)
    const tensor = context.constant(elements, sizes, dtype)
    return () => tensor
  },
  iota: ({ attrs: { shape, dtype, axis } }, context) => {
    const sizes = concrete(shape)
    const stride = stridesOf(sizes)[axis]!
    const places = Array.from({ length: sizeOf(sizes) }, (_, at) => Math.floor(at / stride) % sizes[axis]!)
    const elements = holders[dtype].from(places)
    const tensor = context.constant(elements, sizes, dtype)
    return () => tensor
  },
  random: () => {
    throw new FnError('tfjs draws no random values: hoistRandom turns them into inputs.')
  },
  dimSize: ({ inputs, attrs: { axis } }, context) => {
    const tensor = context.constant(Int32Array.of(concrete(inputs[0]!.shape)[axis]!), [], 'int32')
    return () => tensor
  },
}
