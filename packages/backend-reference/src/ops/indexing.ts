import { concrete, FnError, sizeOf } from '@fn/core'
import { allocate, type Family, type Tensor } from '../tensor.ts'

/** The numbers of rows, after a check that these are there. */
function rowNumbers({ data }: Tensor, rows: number): ArrayLike<number> {
  const wrong = data.find((at: number) => !(at >= 0 && at < rows))
  if (wrong !== undefined)
    throw new FnError(`Expected row numbers from 0 to ${rows - 1}. Received: ${wrong}.`)
  return data
}

export const indexing: Family<'indexing'> = {
  gather([x, indices], _attrs, { outputs: [type] }) {
    const out = allocate(type!)
    const size = sizeOf(x!.shape.slice(1))
    const rows = rowNumbers(indices!, x!.shape[0]!)
    for (let at = 0; at < rows.length; at++) {
      const from = rows[at]! * size
      out.data.set(x!.data.subarray(from, from + size), at * size)
    }
    return [out]
  },

  scatterAdd([indices, updates], { size: count }, { outputs: [type] }) {
    const out = allocate(type!)
    const size = sizeOf(concrete(type!.shape).slice(1))
    const rows = rowNumbers(indices!, count as number)
    for (let at = 0; at < rows.length; at++) {
      for (let i = 0; i < size; i++) out.data[rows[at]! * size + i]! += updates!.data[at * size + i]!
    }
    return [out]
  },
}
