import { sizeOf } from '@fn/core'
import {
  engine,
  getBackend,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  zeros,
} from '@tensorflow/tfjs-core'
import { sliceInHeap } from './heap.ts'

/** Runs one kernel of the engine that is set, without the checks and the gradient tape of tfjs's own functions. */
export const kernel = (name: string, inputs: NamedTensorMap, attrs: object = {}): Tensor =>
  engine().runKernel<Tensor>(name, inputs, attrs as NamedAttrMap)

/** More axes are beyond some kernels of webgl and webgpu. */
export const MOST_AXES = 4

// What lowerings are made of. Shapes and axes are those of the kernels.

export const reshape = (x: Tensor, shape: readonly number[]): Tensor =>
  kernel('Reshape', { x }, { shape: [...shape] })

/** Another tensor of the same elements. */
export const alias = (x: Tensor): Tensor => reshape(x, x.shape)

export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  if (perm.every((axis, at) => axis === at)) return x
  return asFloats(x, (floats) => kernel('Transpose', { x: floats }, { perm: [...perm] }))
}

export function slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  if (size.every((dim, axis) => dim === x.shape[axis])) return x
  if (getBackend() === 'wasm') return sliceInHeap(x, begin, size)
  return kernel('Slice', { x }, { begin: [...begin], size: [...size] })
}

export const stridedSlice = (
  x: Tensor,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
): Tensor =>
  kernel(
    'StridedSlice',
    { x },
    {
      begin: [...begin],
      end: [...end],
      strides: [...strides],
      beginMask: 0,
      endMask: 0,
      ellipsisMask: 0,
      newAxisMask: 0,
      shrinkAxisMask: 0,
    },
  )

export function pad(x: Tensor, paddings: readonly (readonly [number, number])[], constantValue = 0): Tensor {
  if (paddings.every(([low, high]) => low === 0 && high === 0)) return x
  if (paddings.length <= MOST_AXES)
    return kernel('PadV2', { x }, { paddings: paddings.map((pair) => [...pair]), constantValue })
  // One axis after the other, as that of a matrix.
  return paddings.reduce((made, [low, high], axis) => {
    const { shape } = made
    const [before, after] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))]
    const around = [[0, 0] as const, [low * after, high * after] as const]
    return reshape(
      pad(reshape(made, [before, shape[axis]! * after]), around, constantValue),
      shape.map((dim, at) => (at === axis ? low + dim + high : dim)),
    )
  }, x)
}

// The kernel takes a list where the others take a record.
export const concat = (parts: readonly Tensor[], axis: number): Tensor =>
  parts.length === 1 ? parts[0]! : kernel('Concat', [...parts] as unknown as NamedTensorMap, { axis })

export function cast(x: Tensor, dtype: 'float32' | 'int32' | 'bool'): Tensor {
  if (x.dtype === dtype) return x
  // The kernel of wasm puts the number into a byte; truth is being different from 0.
  if (dtype === 'bool') return kernel('NotEqual', { a: x, b: kernel('ZerosLike', { x }) })
  const made = kernel('Cast', { x }, { dtype })
  // The kernel of webgpu leaves the integers where they are, and calls them float32, which some shaders do not stand.
  return dtype === 'float32' && getBackend() === 'webgpu' ? kernel('Maximum', { a: made, b: made }) : made
}

/**
 * The kernel of webgpu that transposes, which others call too, does not compile for integers (tensorflow/tfjs#8638).
 * They are exact up to 2²⁴ in all of its kernels.
 */
export const asFloats = (x: Tensor, run: (x: Tensor) => Tensor): Tensor =>
  getBackend() === 'webgpu' && x.dtype !== 'float32'
    ? cast(run(cast(x, 'float32')), x.dtype as 'int32' | 'bool')
    : run(x)

export const add = (a: Tensor, b: Tensor): Tensor => kernel('Add', { a, b })
export const sub = (a: Tensor, b: Tensor): Tensor => kernel('Sub', { a, b })
export const mul = (a: Tensor, b: Tensor): Tensor => kernel('Multiply', { a, b })

/** 1 where x > 0, else 0: ten times as fast on wasm as a comparison and a cast. */
export const step = (x: Tensor): Tensor => kernel('Step', { x }, { alpha: 0 })

/** The shape in which the elements of a right operand have been packed by XNNPACK. */
const packed = new WeakMap<object, string>()

/**
 * wasm keeps the packed right operand by the identity of its elements, whatever shape they are in when they come
 * again: a reshaped tensor shares its elements, and would be read in the old shape. It gets elements of its own.
 */
function unshared(b: Tensor): Tensor {
  const shape = b.shape.join()
  const known = packed.get(b.dataId)
  if (known !== undefined && known !== shape) return kernel('Tile', { x: b }, { reps: b.shape.map(() => 1) })
  packed.set(b.dataId, shape)
  return b
}

/**
 * For operands of a product that sums over so many terms. webgl keeps 2 × 2 elements in a texel. Beyond the end of an odd
 * axis its kernels leave what they like, x + 1 a 1, and its product adds that up. Its pad, of nothing here, leaves zeros.
 */
export function zeroBeyond(x: Tensor, terms: number): Tensor {
  if (getBackend() !== 'webgl' || terms % 2 === 0) return x
  return kernel('PadV2', { x }, { paddings: x.shape.map(() => [0, 0]), constantValue: 0 })
}

/** a [b, m, k] · b [b, k, n], or their last two axes swapped first. */
export function batchMatMul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  // XNNPACK takes no empty matrices.
  if (a.size === 0 || b.size === 0)
    return zeros([a.shape[0]!, a.shape[transposeA ? 2 : 1]!, b.shape[transposeB ? 1 : 2]!])
  const terms = a.shape[transposeA ? 1 : 2]!
  const right = zeroBeyond(b, terms)
  return kernel(
    'BatchMatMul',
    { a: zeroBeyond(a, terms), b: getBackend() === 'wasm' ? unshared(right) : right },
    { transposeA, transposeB },
  )
}
