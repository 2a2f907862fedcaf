import { Builder } from '../program/builder.ts'
import type { Equation, Program, Value } from '../program/types.ts'

/** What stands for an equation in the rewritten program; undefined to keep it as it is. */
export type Rewriting = (
  b: Builder,
  equation: Equation,
  inputs: readonly Value[],
) => readonly Value[] | undefined

/** Writes a program anew, equation by equation, in the bodies of loops too. The inputs and the names of the outputs stay. */
export function rewrite(program: Program, rewriting: Rewriting): Program {
  const b = new Builder()
  const here = new Map<number, Value>()
  for (const input of program.inputs) here.set(input.id, b.input(input, input.name ?? ''))
  const find = (value: Value): Value => here.get(value.id)!
  for (const equation of program.equations) {
    const { op, path, outputs } = equation
    const inputs = equation.inputs.map(find)
    const attrs =
      equation.op === 'scan'
        ? { ...equation.attrs, body: rewrite(equation.attrs.body, rewriting) }
        : equation.attrs
    const written = b.at(path, () => rewriting(b, equation, inputs) ?? b.emit(op, inputs, attrs))
    outputs.forEach((value, at) => {
      here.set(value.id, written[at]!)
    })
  }
  return b.build(program.outputNames.map((name, at) => [name, find(program.outputs[at]!)] as const))
}
