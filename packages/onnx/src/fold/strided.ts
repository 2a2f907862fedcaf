import { type HostData, sizeOf } from '@fn/core'

/** So many elements in an array of the kind of another. */
export function blankLike(data: HostData, size: number): HostData {
  if (data instanceof Float32Array) return new Float32Array(size)
  if (data instanceof Float64Array) return new Float64Array(size)
  return data instanceof Int32Array ? new Int32Array(size) : new Uint8Array(size)
}

/** The element at Σ index · stride + start for each index of a shape, row by row. */
export function strided(
  data: HostData,
  shape: readonly number[],
  strides: readonly number[],
  start = 0,
): HostData {
  const made = blankLike(data, sizeOf(shape))
  const last = shape.length - 1
  const [row, step] = [shape[last] ?? 1, strides[last] ?? 0]
  const index = new Array<number>(shape.length).fill(0)
  let from = start
  for (let at = 0; at < made.length; ) {
    for (let column = 0, place = from; column < row; column++, place += step) made[at++] = data[place]!
    // Counts the index of the row up by one, the last axis first, and moves `from` along.
    for (let axis = last - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return made
}
