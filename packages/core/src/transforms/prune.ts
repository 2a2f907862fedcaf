import type { ScanAttributes } from '../program/ops/control.ts'
import type { Equation, EquationOf, Program, Value } from '../program/types.ts'
import { coneOf, rolesOf, scanOf } from './scan-body.ts'

/** Drops what no output needs, in the bodies of loops too. The inputs stay: they are the signature. */
export function prune(program: Program): Program {
  const needed = new Set(program.outputs.map(({ id }) => id))
  const kept: Equation[] = []
  let same = true
  for (const equation of program.equations.toReversed()) {
    if (!equation.outputs.some(({ id }) => needed.has(id))) continue
    const slim = equation.op === 'scan' ? pruneScan(equation, needed) : equation
    same &&= slim === equation
    kept.push(slim)
    for (const { id } of slim.inputs) needed.add(id)
  }
  return same && kept.length === program.equations.length
    ? program
    : Object.freeze({ ...program, equations: kept.reverse() })
}

/** A loop without the carries and outputs that nobody reads, and without what only these need. */
function pruneScan(scan: EquationOf<'scan'>, needed: ReadonlySet<number>): EquationOf<'scan'> {
  const { attrs, inputs, outputs } = scan
  const body = prune(attrs.body)
  const own = rolesOf(body.inputs, attrs)
  const given = rolesOf(inputs, attrs)

  // A carry lives if its last value is read, or if what lives reads it.
  const isRead = (_: Value, at: number): boolean => needed.has(outputs[at]!.id)
  let living = body.outputs.filter(isRead)
  for (;;) {
    const { reads } = coneOf(body.equations, living)
    const more = body.outputs.filter(
      (value, at) => isRead(value, at) || (at < attrs.carries && reads.has(own.carries[at]!.id)),
    )
    if (more.length === living.length) break
    living = more
  }
  const { equations, reads } = coneOf(body.equations, living)
  const lives = (at: number): boolean =>
    needed.has(outputs[at]!.id) || (at < attrs.carries && reads.has(own.carries[at]!.id))
  const carried = own.carries.map((_, at) => lives(at))
  // One sequence stays in any case: it tells how many steps there are.
  const read = own.sequences.map(({ id }) => reads.has(id))
  if (!read.includes(true)) read[0] = true
  const others = own.others.map(({ id }) => reads.has(id))

  const all = [...carried, ...read, ...others]
  const stay = body.outputs.map((_, at) => lives(at))
  if (body === attrs.body && !all.includes(false) && !stay.includes(false)) return scan
  const pick = <T>(list: readonly T[], which: readonly boolean[]): T[] => list.filter((_, at) => which[at])
  const slim: ScanAttributes = scanOf(
    {
      carries: pick(own.carries, carried),
      sequences: pick(own.sequences, read),
      others: pick(own.others, others),
      equations,
      next: pick(body.outputs.slice(0, attrs.carries), carried),
      outputs: pick(body.outputs.slice(attrs.carries), stay.slice(attrs.carries)),
    },
    attrs.reverse,
  )
  return Object.freeze({
    ...scan,
    attrs: slim,
    inputs: [...pick(given.carries, carried), ...pick(given.sequences, read), ...pick(given.others, others)],
    outputs: pick(outputs, stay),
  })
}
