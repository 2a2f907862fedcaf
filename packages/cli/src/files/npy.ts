import type { HostArray } from '@fn/core'
import { CommandError } from '../errors.ts'

/** Numbers of a file, row-major. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

const MAGIC = '\x93NUMPY'

type Reader = (view: DataView, at: number, little: boolean) => number

/** By kind and size in bytes, as NumPy writes them. */
const readers: Readonly<Record<string, Reader>> = {
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  b1: (view, at) => view.getUint8(at),
}

/**
 * An array of NumPy: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @throws CommandError for what is none, or has elements that are no numbers
 */
export function parseNpy(bytes: Uint8Array, label: string): Numbers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const damaged = (): CommandError => new CommandError(`${label}: expected an array of NumPy.`)
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 6)) !== MAGIC) throw damaged()
  const [length, begin] = bytes[6] === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12]
  const header = new TextDecoder().decode(bytes.subarray(begin, begin + length))
  const descr = /'descr':\s*'([<>|=])(\w\d+)'/.exec(header)
  const dims = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1]
  const read = readers[descr?.[2] ?? '']
  if (dims === undefined || read === undefined)
    throw new CommandError(`${label}: expected an array of numbers. Received: ${header.trim()}.`)
  const shape = dims.split(',').flatMap((dim) => (dim.trim() === '' ? [] : [Number(dim)]))
  const count = shape.reduce((product, dim) => product * dim, 1)
  const size = Number(descr![2]!.slice(1))
  if (bytes.length < begin + length + count * size) throw damaged()
  const data = Float64Array.from({ length: count }, (_, at) =>
    read(view, begin + length + at * size, descr![1] !== '>'),
  )
  return { shape, data: /'fortran_order':\s*True/.test(header) ? rowMajor(data, shape) : data }
}

/** Elements whose first axis runs fastest, in the order in which the last one does. */
function rowMajor(data: Float64Array, shape: readonly number[]): Float64Array {
  const result = new Float64Array(data.length)
  const index = shape.map(() => 0)
  for (let at = 0; at < data.length; at++) {
    const to = shape.reduce((offset, dim, axis) => offset * dim + index[axis]!, 0)
    result[to] = data[at]!
    for (let axis = 0; axis < shape.length; axis++) {
      index[axis]!++
      if (index[axis]! < shape[axis]!) break
      index[axis] = 0
    }
  }
  return result
}

/** An array as a file of NumPy. */
export function formatNpy({ shape, dtype, data }: HostArray): Uint8Array {
  const descr = { float32: '<f4', int32: '<i4', bool: '|b1' }[dtype]
  const dims = `${shape.join(', ')}${shape.length === 1 ? ',' : ''}`
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`
  // Magic, version and length take ten bytes; the elements begin at a multiple of 64.
  const padded = `${header}${' '.repeat(63 - ((10 + header.length) % 64))}\n`
  const size = dtype === 'bool' ? 1 : 4
  const bytes = new Uint8Array(10 + padded.length + size * data.length)
  const view = new DataView(bytes.buffer)
  bytes.set(Uint8Array.from(MAGIC, (character) => character.charCodeAt(0)))
  bytes[6] = 1
  view.setUint16(8, padded.length, true)
  bytes.set(new TextEncoder().encode(padded), 10)
  data.forEach((value: number, at: number) => {
    const to = 10 + padded.length + size * at
    if (dtype === 'float32') view.setFloat32(to, value, true)
    else if (dtype === 'int32') view.setInt32(to, value, true)
    else bytes[to] = value
  })
  return bytes
}
