import { concrete, type TensorType } from '@fn/core'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { backend, engine, type Tensor, zeros } from '@tensorflow/tfjs-core'
import { concat, reshape, slice } from './kernel.ts'
import type { EngineName } from './lowering.ts'

/** How an engine reads one row of a tensor, and writes a tensor row by row. */
export interface Rows {
  /** x[at] */
  take(x: Tensor, at: number): Tensor
  /** A tensor of this type that is given its rows one by one. */
  stack(type: TensorType): Stack
}

export interface Stack {
  /** Takes a row over. */
  put(at: number, row: Tensor): void
  /** The tensor, after all rows were put. */
  finish(): Tensor
}

const byKernels: Rows = {
  take: (x, at) =>
    reshape(slice(x, [at, ...x.shape.slice(1).fill(0)], [1, ...x.shape.slice(1)]), x.shape.slice(1)),
  stack({ shape, dtype }) {
    const rows = new Array<Tensor>(concrete(shape)[0]!)
    return {
      put(at, row) {
        rows[at] = row
      },
      finish() {
        if (rows.length === 0) return zeros([...concrete(shape)], dtype)
        const whole = concat(
          rows.map((row) => reshape(row, [1, ...row.shape])),
          0,
        )
        for (const row of rows) row.dispose()
        return whole
      },
    }
  },
}

/** Slice and Concat of wasm copy all of their operands at each call: rows are copied inside of the heap instead. */
const inHeap: Rows = {
  take(x, at) {
    const heap = backend() as BackendWasm
    const row = heap.makeOutput(x.shape.slice(1), x.dtype)
    const elements = heap.typedArrayFromHeap(row)
    elements.set(heap.typedArrayFromHeap(x).subarray(at * elements.length, (at + 1) * elements.length))
    return engine().makeTensorFromTensorInfo(row)
  },
  stack({ shape, dtype }) {
    const heap = backend() as BackendWasm
    const whole = engine().makeTensorFromTensorInfo(heap.makeOutput([...concrete(shape)], dtype))
    return {
      put(at, row) {
        heap.typedArrayFromHeap(whole).set(heap.typedArrayFromHeap(row), at * row.size)
        row.dispose()
      },
      finish: () => whole,
    }
  },
}

export const rowsOf: Readonly<Record<EngineName, Rows>> = { cpu: byKernels, wasm: inHeap }
