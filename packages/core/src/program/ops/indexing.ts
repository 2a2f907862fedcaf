import { ShapeError } from '../../errors.ts'
import { formatShape, sameShape } from '../dims.ts'
import type { Dim } from '../types.ts'
import { expectDType, type NoAttributes, type OpDefinition } from './op.ts'

export interface ScatterAddAttributes {
  /** How many rows the result has. */
  readonly size: Dim
}

/** y[i…, r…] = x[indices[i…], r…]: rows of x by their numbers, which must lie in [0, rows of x). */
const gather: OpDefinition<NoAttributes> = {
  arity: 2,
  infer([x, indices]) {
    expectDType(indices!, 'int32')
    if (x!.shape.length === 0) throw new ShapeError('gather: expected rows to take. Received: a scalar.')
    return [{ shape: [...indices!.shape, ...x!.shape.slice(1)], dtype: x!.dtype }]
  },
  gradient: (b, { inputs: [x, indices], g }) => [b.scatterAdd(indices!, g, x!.shape[0]!), null],
}

/** y[k, r…] = Σ updates[i…, r…] over all i with indices[i…] = k: the transpose of gather. */
const scatterAdd: OpDefinition<ScatterAddAttributes> = {
  arity: 2,
  infer([indices, updates], { size }) {
    expectDType(indices!, 'int32')
    expectDType(updates!, 'float32')
    const rank = indices!.shape.length
    if (!sameShape(updates!.shape.slice(0, rank), indices!.shape)) {
      throw new ShapeError(
        `Expected updates that begin with the axes of the indices, ${formatShape(indices!.shape)}. Received: ${formatShape(updates!.shape)}.`,
      )
    }
    return [{ shape: [size, ...updates!.shape.slice(rank)], dtype: updates!.dtype }]
  },
  gradient: (b, { inputs: [indices], g }) => [null, b.gather(g, indices!)],
}

export const indexing = { gather, scatterAdd }
