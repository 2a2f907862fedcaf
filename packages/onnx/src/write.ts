import type { Equation, Interpreter } from '@fn/core'
import type { Emission } from './emission.ts'
import { folded } from './fold/fold.ts'
import type { Operand } from './operand/operand.ts'
import { binary } from './ops/binary.ts'
import { choose } from './ops/choose.ts'
import { contract } from './ops/contract.ts'
import { control } from './ops/control.ts'
import { indexing } from './ops/indexing.ts'
import { move } from './ops/move.ts'
import { reduce } from './ops/reduce.ts'
import { source } from './ops/source.ts'
import { unary } from './ops/unary.ts'
import { window } from './ops/window.ts'

/** How every op is written. */
const emitters = (emission: Emission): Interpreter<Operand> => ({
  ...unary(emission),
  ...binary(emission),
  ...choose(emission),
  ...reduce(emission),
  ...contract(emission),
  ...window(emission),
  ...move(emission),
  ...indexing(emission),
  ...source(emission),
  ...control(emission, write),
})

/**
 * Writes the program of an emission into its graph, with `inputs` for its inputs.
 *
 * @param around the path of the layer in whose loop the program stands
 * @returns its outputs
 */
export function write(emission: Emission, inputs: readonly Operand[], around = ''): readonly Operand[] {
  const { graph, program, operands } = emission
  program.inputs.forEach(({ id }, at) => {
    operands.set(id, inputs[at]!)
  })
  const table = emitters(emission)
  for (const equation of program.equations) {
    // It may have been written together with an earlier one.
    if (equation.outputs.every(({ id }) => operands.has(id))) continue
    const path = [around, equation.path].filter(Boolean).join('/')
    const given = equation.inputs.map(({ id }) => operands.get(id)!)
    const known = folded(emission, equation, given)
    const outputs = known ? [known] : graph.at(path, () => emit(table, { ...equation, path }, given))
    equation.outputs.forEach(({ id }, at) => {
      operands.set(id, outputs[at]!)
    })
  }
  return program.outputs.map(({ id }) => operands.get(id)!)
}

function emit(
  table: Interpreter<Operand>,
  equation: Equation,
  inputs: readonly Operand[],
): readonly Operand[] {
  // The entry and the equation are of one op, which the type of a union can not say.
  const entry = table[equation.op] as (
    inputs: readonly Operand[],
    attrs: unknown,
    equation: Equation,
  ) => readonly Operand[]
  return entry(inputs, equation.attrs, equation)
}
