import type { HostArray, HostData } from '../backend.ts'
import { sizeOf } from '../program/dims.ts'

/** Arrays one below the other. */
export function concatRows(parts: readonly HostArray[]): HostArray {
  const [first] = parts
  if (parts.length === 1) return first!
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0)
  const shape = [rows, ...first!.shape.slice(1)]
  const data = new (first!.data.constructor as new (length: number) => HostData)(sizeOf(shape))
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  return { shape, dtype: first!.dtype, data }
}
