import { concrete, sizeOf } from '@fn/core'
import { zeros } from '@tensorflow/tfjs-core'
import { kernel, reshape } from '../kernel.ts'
import type { Lowerings } from '../lowering.ts'
import { asBytes4 } from './move.ts'

export const indexing: Lowerings<'gather' | 'scatterAdd'> = {
  gather: ({ inputs, outputs }) => {
    const shape = concrete(outputs[0]!.shape)
    const count = sizeOf(concrete(inputs[1]!.shape))
    // The kernel of wasm keeps a reference to rows without elements.
    if (sizeOf(shape) === 0) return () => zeros([...shape], outputs[0]!.dtype)
    return ([x, indices]) => {
      const rows = reshape(indices!, [count])
      return reshape(
        asBytes4(x!, (wide) => kernel('GatherV2', { x: wide, indices: rows }, { axis: 0, batchDims: 0 })),
        shape,
      )
    }
  },
  scatterAdd: ({ inputs, outputs }) => {
    const shape = concrete(outputs[0]!.shape)
    const count = sizeOf(concrete(inputs[0]!.shape))
    if (count === 0) return () => zeros([...shape])
    return ([indices, updates]) =>
      kernel(
        'ScatterNd',
        {
          indices: reshape(indices!, [count, 1]),
          updates: reshape(updates!, [count, ...shape.slice(1)]),
        },
        { shape: [...shape] },
      )
  },
}
