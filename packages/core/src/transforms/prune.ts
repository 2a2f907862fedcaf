import type { Equation, Program } from '../program/types.ts'

/** Drops what no output needs. The inputs stay: they are the signature. */
export function prune(program: Program): Program {
  const needed = new Set(program.outputs.map(({ id }) => id))
  const kept: Equation[] = []
  for (const equation of program.equations.toReversed()) {
    if (!equation.outputs.some(({ id }) => needed.has(id))) continue
    kept.push(equation)
    for (const { id } of equation.inputs) needed.add(id)
  }
  return kept.length === program.equations.length
    ? program
    : Object.freeze({ ...program, equations: kept.reverse() })
}
