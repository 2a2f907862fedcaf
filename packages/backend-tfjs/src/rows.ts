import { concrete, type TensorType } from '@fn/core'
import { type Tensor, zeros } from '@tensorflow/tfjs-core'
import { allocate, copier } from './heap.ts'
import { concat, reshape, slice } from './kernel.ts'
import type { EngineName } from './lowering.ts'

/** How an engine reads one row of a tensor, and writes a tensor row by row. */
interface Rows {
  /** x[at] */
  take(x: Tensor, at: number): Tensor
  /** A tensor of this type that is given its rows one by one. */
  stack(type: TensorType): Stack
}

interface Stack {
  /** Takes a row over. */
  put(at: number, row: Tensor): void
  /** The tensor, after all rows were put. */
  finish(): Tensor
}

const byKernels: Rows = {
  take(x, at) {
    const shape = x.shape.slice(1)
    return reshape(slice(x, [at, ...shape.map(() => 0)], [1, ...shape]), shape)
  },
  stack({ shape, dtype }) {
    const rows = new Array<Tensor>(concrete(shape)[0]!)
    return {
      put(at, row) {
        rows[at] = row
      },
      finish() {
        if (rows.length === 0) return zeros([...concrete(shape)], dtype)
        const expanded = rows.map((row) => reshape(row, [1, ...row.shape]))
        return concat(expanded, 0)
      },
    }
  },
}

/** Rows are copied inside of the memory, and freed at once. */
const inHeap: Rows = {
  take(x, at) {
    const row = allocate(x.shape.slice(1), x.dtype)
    copier(x, row)(at * row.size, 0, row.size)
    return row
  },
  stack({ shape, dtype }) {
    const whole = allocate(concrete(shape), dtype)
    return {
      put(at, row) {
        copier(row, whole)(0, at * row.size, row.size)
        row.dispose()
      },
      finish: () => whole,
    }
  },
}

export const rowsOf: Readonly<Record<EngineName, Rows>> = {
  cpu: byKernels,
  wasm: inHeap,
  webgl: byKernels,
  webgpu: byKernels,
}
