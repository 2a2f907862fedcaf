import { cast, kernel } from '../kernel.ts'
import type { Lowering, Lowerings } from '../lowering.ts'

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
  (name: string): Lowering<Binary> =>
  () =>
  ([a, b]) =>
    kernel(name, { a: a!, b: b! })

export const binary: Lowerings<Binary> = {
  add: direct('Add'),
  sub: direct('Sub'),
  mul: direct('Multiply'),
  div: (equation) => {
    if (equation.outputs[0]!.dtype === 'float32') return ([a, b]) => kernel('RealDiv', { a: a!, b: b! })
    return ([a, b]) => cast(kernel('RealDiv', { a: cast(a!, 'float32'), b: cast(b!, 'float32') }), 'int32')
  },
  pow: direct('Pow'),
  max: direct('Maximum'),
  min: direct('Minimum'),
  equal: direct('Equal'),
  less: direct('Less'),
  lessEqual: direct('LessEqual'),
  and: direct('LogicalAnd'),
  or: direct('LogicalOr'),
}
