import { type Dim, Generator, type HostArray, sizeOf, type TensorType } from '@fn/core'
import type { Arrays, InputSpec } from './runnable.ts'

/** How large open sizes are made. */
export interface Sizes {
  readonly batch: number
  readonly others: number
}

/** Two samples tell whether one depends on the other; open lengths are short. */
export const FEW_SAMPLES: Sizes = { batch: 2, others: 8 }

/** A number for each name of an open size. */
const sizeOfDim = (dim: Dim, { batch, others }: Sizes): number =>
  typeof dim === 'number' ? dim : dim === 'batch' ? batch : others

/** Types with their open sizes made so large. */
export const sized = (types: readonly TensorType[], sizes: Sizes): readonly TensorType[] =>
  types.map(({ shape, dtype }) => ({ shape: shape.map((dim) => sizeOfDim(dim, sizes)), dtype }))

/**
 * Random inputs: normal numbers, whole numbers in the range of the layers that take them, truth values. The same for the
 * same inputs, on every machine.
 */
export function randomInputs(specs: readonly InputSpec[], sizes: Sizes): Arrays {
  return Object.fromEntries(
    specs.map((spec, at) => {
      const shape = spec.shape.map((dim) => sizeOfDim(dim, sizes))
      return [spec.name, randomArray(spec, shape, new Generator(0, [at, 0xf11e]))]
    }),
  )
}

/** For whole numbers of which nothing is known. */
const FEW = { low: 0, high: 1 }

/** A random array for an input. */
export function randomArray(
  { dtype, range }: InputSpec,
  shape: readonly number[],
  random: Generator,
): HostArray {
  const count = sizeOf(shape)
  if (dtype === 'bool')
    return { shape, dtype, data: Uint8Array.from(random.uniform(count), (u) => Number(u < 0.5)) }
  const isFloat = dtype.startsWith('float')
  if (isFloat && range === undefined)
    return { shape, dtype: 'float32', data: Float32Array.from(random.normal(count)) }
  const { low, high } = range ?? FEW
  const whole = random.uniform(count).map((u) => low + Math.floor(u * (high - low + 1)))
  return isFloat
    ? { shape, dtype: 'float32', data: Float32Array.from(whole) }
    : { shape, dtype: 'int32', data: Int32Array.from(whole) }
}
