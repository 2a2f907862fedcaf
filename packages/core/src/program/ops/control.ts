import { ShapeError } from '../../errors.ts'
import { composites } from '../composites.ts'
import { formatShape, sameShape } from '../dims.ts'
import type { Dim, Program, TensorType } from '../types.ts'
import { type NoAttributes, nonDifferentiable, type OpDefinition } from './op.ts'

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

/**
 * A loop over the first axis of some sequences. `body` takes the carries, one element of each sequence, and what is the
 * same at every step, in this order; it gives the next carries, and then one element of each stacked output.
 */
export interface ScanAttributes {
  readonly body: Program
  /** How many carries there are. */
  readonly carries: number
  /** How many sequences there are, at least one: their first axis is the number of steps. */
  readonly sequences: number
  /** From the last element to the first; outputs stand at the places of the elements that they come from. */
  readonly reverse: boolean
}

/** The number of steps of a scan with these inputs. */
export function scanLength(inputs: readonly TensorType[], { carries }: ScanAttributes): Dim {
  return inputs[carries]!.shape[0]!
}

/** The types of a program in a message. */
const formatTypes = (types: readonly TensorType[]): string =>
  types.map(({ dtype, shape }) => `${dtype}${formatShape(shape)}`).join(', ')

const sameTypes = (a: readonly TensorType[], b: readonly TensorType[]): boolean =>
  a.length === b.length &&
  a.every(({ dtype, shape }, at) => dtype === b[at]!.dtype && sameShape(shape, b[at]!.shape))

/**
 * (carries…, sequences…, others…) → (last carries…, stacked outputs…): with c₀ the carries,
 * (cₜ₊₁, yₜ) = body(cₜ, xₜ, others) for every step t.
 */
const scan: OpDefinition<ScanAttributes> = {
  arity: undefined,
  infer(inputs, attrs) {
    const { body, carries, sequences } = attrs
    if (sequences < 1 || inputs.length < carries + sequences) {
      throw new ShapeError(
        `scan: expected ${carries} carries and at least one sequence. Received: ${inputs.length} inputs.`,
      )
    }
    const length = scanLength(inputs, attrs)
    const given = inputs.map(({ shape, dtype }, at) => {
      if (at < carries || at >= carries + sequences) return { shape, dtype }
      if (shape.length === 0 || shape[0] !== length)
        throw new ShapeError(`scan: expected sequences of length ${length}. Received: ${formatShape(shape)}.`)
      return { shape: shape.slice(1), dtype }
    })
    if (!sameTypes(given, body.inputs))
      throw new ShapeError(`scan: expected ${formatTypes(body.inputs)}. Received: ${formatTypes(given)}.`)
    const next = body.outputs.slice(0, carries)
    if (!sameTypes(next, given.slice(0, carries))) {
      throw new ShapeError(
        `scan: expected carries of one type from step to step, ${formatTypes(given.slice(0, carries))}. Received: ${formatTypes(next)}.`,
      )
    }
    return body.outputs.map(({ shape, dtype }, at) => ({
      shape: at < carries ? shape : [length, ...shape],
      dtype,
    }))
  },
  gradient: nonDifferentiable('transforms/scan-gradient.ts turns it into a scan in the other direction'),
}

const stopGradient: OpDefinition<NoAttributes> = {
  arity: 1,
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  gradient: () => [null],
}

export const control = { call, scan, stopGradient }
