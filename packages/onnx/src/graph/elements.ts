import { type DType, FnError, type HostData } from '@fn/core'
import { toHalves } from '../precision/half.ts'
import type { ElementData, ElementType } from './types.ts'

/** Elements in the array type of their dtype. */
export function elementsOf(dtype: ElementType, elements: ArrayLike<number>): ElementData {
  switch (dtype) {
    case 'float32':
      return elements instanceof Float32Array ? elements : Float32Array.from(elements)
    case 'int32':
      return elements instanceof Int32Array ? elements : Int32Array.from(elements)
    case 'bool':
    case 'uint8':
      return elements instanceof Uint8Array ? elements : Uint8Array.from(elements)
    case 'int8':
      return elements instanceof Int8Array ? elements : Int8Array.from(elements)
    case 'float16':
      return elements instanceof Uint16Array ? elements : toHalves(elements)
    case 'int64':
      return BigInt64Array.from(Array.from(elements, BigInt))
    default:
      throw new FnError(`Elements of ${dtype} are not written: inputs alone are of this type.`)
  }
}

/** The array types in which a host may hand over elements of a dtype. */
export function holds(dtype: DType, data: HostData): boolean {
  switch (dtype) {
    case 'float32':
      return data instanceof Float32Array || data instanceof Float64Array
    case 'int32':
      return data instanceof Int32Array
    case 'bool':
      return data instanceof Uint8Array
  }
}

/** The elements as bytes, little-endian, which is the order of every machine that runs JavaScript engines today. */
export function bytesOf(data: ElementData): Uint8Array<ArrayBuffer> {
  // No array of numbers comes from memory that threads share.
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
}
