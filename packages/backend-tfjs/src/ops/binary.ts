import { concrete, sizeOf } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { collapse } from '../collapse.ts'
import { cast, kernel, MOST_AXES, reshape } from '../kernel.ts'
import { isGpu, type Lowering, type Lowerings } from '../lowering.ts'
import { pointwise } from '../pointwise.ts'
import { broadcastTo } from './move.ts'

type Binary =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'max'
  | 'min'
  | 'equal'
  | 'less'
  | 'lessEqual'
  | 'and'
  | 'or'

const direct =
  (name: string): Lowering<Binary, Tensor> =>
  ({ inputs, outputs }) => {
    const shape = concrete(outputs[0]!.shape)
    if (shape.length <= MOST_AXES) return ([a, b]) => kernel(name, { a: a!, b: b! })
    const [left, right] = collapse(inputs.map((input) => concrete(input.shape)))
    if (left!.length <= MOST_AXES)
      return ([a, b]) => reshape(kernel(name, { a: reshape(a!, left!), b: reshape(b!, right!) }), shape)
    const flat = (x: Tensor): Tensor => reshape(broadcastTo(x, shape), [sizeOf(shape)])
    return ([a, b]) => reshape(kernel(name, { a: flat(a!), b: flat(b!) }), shape)
  }

/** On a GPU by a shader of our own. */
const pow: Lowering<'pow', Tensor> = (equation, context) => {
  const { shape, dtype } = equation.outputs[0]!
  if (!isGpu(context.engine) || dtype !== 'float32') return direct('Pow')(equation, context)
  const run = pointwise('pow', context.engine)
  return ([x, y]) => run(broadcastTo(x!, concrete(shape)), broadcastTo(y!, concrete(shape)))
}

/** One of both by a comparison, the first where it is NaN: the kernels of wasm forget it. */
const extreme =
  (name: 'Maximum' | 'Minimum', comparison: 'GreaterEqual' | 'LessEqual'): Lowering<'max' | 'min', Tensor> =>
  (equation, context) => {
    const { shape, dtype } = equation.outputs[0]!
    if (context.engine !== 'wasm' || dtype !== 'float32') return direct(name)(equation, context)
    return (operands) => {
      const [a, b] = operands.map((x) => broadcastTo(x, concrete(shape))) as [Tensor, Tensor]
      const first = kernel('LogicalOr', {
        a: kernel(comparison, { a, b }),
        b: kernel('NotEqual', { a, b: a }),
      })
      return kernel('Select', { condition: first, t: a, e: b })
    }
  }

export const binary: Lowerings<Binary> = {
  add: direct('Add'),
  sub: direct('Sub'),
  mul: direct('Multiply'),
  div: (equation, context) => {
    const divide = direct('RealDiv')(equation, context)
    if (equation.outputs[0]!.dtype === 'float32') return divide
    return ([a, b]) => cast(divide([cast(a!, 'float32'), cast(b!, 'float32')]), 'int32')
  },
  pow,
  max: extreme('Maximum', 'GreaterEqual'),
  min: extreme('Minimum', 'LessEqual'),
  equal: direct('Equal'),
  less: direct('Less'),
  lessEqual: direct('LessEqual'),
  and: direct('LogicalAnd'),
  or: direct('LogicalOr'),
}
