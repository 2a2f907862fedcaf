import { FnError, messageOf } from '../errors.ts'
import { formatShape, sameShape } from './dims.ts'
import { opDefinition } from './ops/index.ts'
import type { Equation, Program, TensorType, Value } from './types.ts'

const formatType = ({ dtype, shape }: TensorType): string => `${dtype}${formatShape(shape)}`

/**
 * Checks that a program holds together: every value is written once and before it is read, and has the type that
 * the rule of its op gives. Answers the program.
 *
 * @throws FnError naming the equation, its layer and what is wrong
 */
export function verify(program: Program): Program {
  const known = new Map<number, Value>()
  const define = (value: Value, where: string): void => {
    if (known.has(value.id)) throw new FnError(`${where}: %${value.id} is written twice.`)
    known.set(value.id, value)
  }
  const read = (value: Value, where: string): void => {
    const written = known.get(value.id)
    if (written === undefined) throw new FnError(`${where}: %${value.id} is read before it is written.`)
    if (formatType(written) !== formatType(value)) {
      throw new FnError(
        `${where}: %${value.id} is ${formatType(written)}, and is read as ${formatType(value)}.`,
      )
    }
  }

  for (const input of program.inputs) {
    if (input.name === undefined) throw new FnError(`Input %${input.id} of the program has no name.`)
    define(input, `Input "${input.name}"`)
  }
  program.equations.forEach((equation, at) => {
    const where = `Equation ${at}, ${equation.op} at "${equation.path}"`
    for (const input of equation.inputs) read(input, where)
    verifyTypes(equation, where)
    for (const output of equation.outputs) define(output, where)
    if (equation.op === 'call' || equation.op === 'scan') verify(equation.attrs.body)
    if (equation.op === 'scan' && equation.attrs.body.equations.some(({ op }) => op === 'random')) {
      throw new FnError(
        `${where}: expected random values to be drawn before the loop. Received: one in its body.`,
      )
    }
  })
  if (program.outputs.length !== program.outputNames.length) {
    throw new FnError(
      `A program of ${program.outputs.length} outputs has ${program.outputNames.length} output names.`,
    )
  }
  program.outputs.forEach((output, at) => {
    read(output, `Output "${program.outputNames[at]}"`)
  })
  return program
}

function verifyTypes({ op, inputs, outputs, attrs }: Equation, where: string): void {
  const { arity, infer } = opDefinition(op)
  if (arity !== undefined && inputs.length !== arity) {
    throw new FnError(`${where}: expected ${arity} inputs. Received: ${inputs.length}.`)
  }
  let types: readonly TensorType[]
  try {
    types = infer(inputs, attrs)
  } catch (error) {
    throw new FnError(`${where}: ${messageOf(error)}`)
  }
  const fits =
    types.length === outputs.length &&
    types.every(
      ({ dtype, shape }, at) => dtype === outputs[at]!.dtype && sameShape(shape, outputs[at]!.shape),
    )
  if (!fits) {
    throw new FnError(
      `${where}: expected outputs ${types.map(formatType).join(', ')}. Received: ${outputs.map(formatType).join(', ')}.`,
    )
  }
}
