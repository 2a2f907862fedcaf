import type { OperationDefinition } from '../functional/operation.ts'
import { elementwise } from './elementwise.ts'
import { reductions } from './reductions.ts'
import { selection } from './selection.ts'
import { shapes } from './shapes.ts'

export type { TensorLike } from './define.ts'
export type { Index } from './selection.ts'

/**
 * Operations on symbolic tensors, by their names and rules in Keras: each call makes a node of the graph. They take
 * numbers and arrays beside tensors, and hand on no mask.
 *
 * @throws ShapeError for shapes, axes and indices that do not fit, naming the operation
 * @throws ConfigError where no argument is a symbolic tensor
 * @example
 * const [left, right] = [input({ shape: [8] }), input({ shape: [8] })]
 * const distance = ops.sqrt(ops.sum(ops.square(ops.subtract(left, right)), { axis: -1, keepdims: true })) // [null, 1]
 */
export const ops = { ...elementwise, ...reductions, ...shapes, ...selection }

/** What a config may name. */
export const definitions: readonly OperationDefinition[] = Object.values(ops).map(
  ({ definition }) => definition,
)
