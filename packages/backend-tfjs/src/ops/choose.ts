import { concrete, type Value } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { cast, kernel, MOST_AXES, reshape } from '../kernel.ts'
import type { Context, Lowerings } from '../lowering.ts'
import { broadcastTo } from './move.ts'
import { filled } from './source.ts'

/** An operand in the shape of the result; a constant of one number is made so once. */
function widen(value: Value, shape: readonly number[], context: Context): (x: Tensor) => Tensor {
  const only = context.splat(value)
  if (only !== undefined) {
    const constant = filled(only, shape, value.dtype, context)
    return () => constant
  }
  return (x) => broadcastTo(x, shape)
}

export const choose: Lowerings<'select' | 'cast'> = {
  // The kernel wants three tensors of one shape, and values four bytes wide.
  select: ({ inputs, outputs }, context) => {
    const { dtype } = outputs[0]!
    const shape = concrete(outputs[0]!.shape)
    const [condition, t, e] = inputs.map((input) => widen(input, shape, context))
    const flat = (x: Tensor): Tensor => (shape.length > MOST_AXES ? reshape(x, [x.size]) : x)
    const wide = (x: Tensor): Tensor => flat(dtype === 'bool' ? cast(x, 'int32') : x)
    return (given) => {
      const values = {
        condition: flat(condition!(given[0]!)),
        t: wide(t!(given[1]!)),
        e: wide(e!(given[2]!)),
      }
      return reshape(cast(kernel('Select', values), dtype), shape)
    }
  },
  cast:
    ({ attrs: { dtype } }) =>
    ([x]) =>
      cast(x!, dtype),
}
