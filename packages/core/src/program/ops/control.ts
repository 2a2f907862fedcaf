import { ShapeError } from '../../errors.ts'
import { composites } from '../composites.ts'
import { formatShape, sameShape } from '../dims.ts'
import type { Program } from '../types.ts'
import type { NoAttributes, OpDefinition } from './op.ts'

/** A named piece of program that a backend may run natively, and anyone may inline. */
export interface CallAttributes {
  readonly name: string
  /** What a native kernel needs to know: numbers, strings, booleans and lists of them. */
  readonly options: Readonly<Record<string, number | string | boolean | readonly number[]>>
  readonly body: Program
}

const call: OpDefinition<CallAttributes> = {
  arity: undefined,
  infer(inputs, { name, body }) {
    const fits =
      inputs.length === body.inputs.length &&
      inputs.every((type, at) => {
        const parameter = body.inputs[at]!
        return type.dtype === parameter.dtype && sameShape(type.shape, parameter.shape)
      })
    if (!fits) {
      const expected = body.inputs.map(({ shape }) => formatShape(shape)).join(', ')
      const received = inputs.map(({ shape }) => formatShape(shape)).join(', ')
      throw new ShapeError(`${name}: expected inputs ${expected}. Received: ${received}.`)
    }
    return body.outputs.map(({ shape, dtype }) => ({ shape, dtype }))
  },
  // Calls whose composite has no rule of its own are inlined before differentiation.
  gradient(b, backward) {
    const rule = composites[backward.attrs.name]?.gradient
    if (rule === undefined)
      throw new Error(`call ${backward.attrs.name} must be inlined to be differentiated`)
    return rule(b, backward)
  },
}

const stopGradient: OpDefinition<NoAttributes> = {
  arity: 1,
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  gradient: () => [null],
}

export const control = { call, stopGradient }
