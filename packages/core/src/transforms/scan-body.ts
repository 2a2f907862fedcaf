import type { ScanAttributes } from '../program/ops/control.ts'
import type { Equation, Program, Value } from '../program/types.ts'

/** The inputs and outputs of a scan, told apart by what they are to the loop. */
export interface Roles<T> {
  readonly carries: readonly T[]
  readonly sequences: readonly T[]
  /** The same at every step. */
  readonly others: readonly T[]
}

/** Things that stand in the order of the inputs of a scan, by their roles. */
export function rolesOf<T>(inputs: readonly T[], { carries, sequences }: ScanAttributes): Roles<T> {
  return {
    carries: inputs.slice(0, carries),
    sequences: inputs.slice(carries, carries + sequences),
    others: inputs.slice(carries + sequences),
  }
}

interface Body extends Roles<Value> {
  readonly equations: readonly Equation[]
  readonly next: readonly Value[]
  readonly outputs: readonly Value[]
}

/** The attributes of a scan with this body. The values keep their ids; those that come in get names. */
export function scanOf(
  { carries, sequences, others, equations, next, outputs }: Body,
  reverse: boolean,
): ScanAttributes {
  const named = (values: readonly Value[], what: string): Value[] =>
    values.map(({ id, shape, dtype }, at) => Object.freeze({ id, shape, dtype, name: `${what}:${at}` }))
  const body: Program = Object.freeze({
    inputs: [...named(carries, 'carry'), ...named(sequences, 'element'), ...named(others, 'outside')],
    equations,
    outputs: [...next, ...outputs],
    outputNames: [...next.map((_, at) => `carry:${at}`), ...outputs.map((_, at) => `output:${at}`)],
  })
  return { body, carries: carries.length, sequences: sequences.length, reverse }
}

/** The equations that the given values come from, in order, and all values that are read on the way. */
export function coneOf(
  equations: readonly Equation[],
  values: readonly Value[],
): { readonly equations: readonly Equation[]; readonly reads: ReadonlySet<number> } {
  const reads = new Set(values.map(({ id }) => id))
  const cone: Equation[] = []
  for (const equation of equations.toReversed()) {
    if (!equation.outputs.some(({ id }) => reads.has(id))) continue
    cone.push(equation)
    for (const { id } of equation.inputs) reads.add(id)
  }
  return { equations: cone.reverse(), reads }
}
