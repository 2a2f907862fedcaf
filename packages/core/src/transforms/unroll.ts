import type { Builder } from '../program/builder.ts'
import { scanLength } from '../program/ops/control.ts'
import type { EquationOf, Program, TensorType, Value } from '../program/types.ts'
import { rewrite } from './rewrite.ts'
import { rolesOf } from './scan-body.ts'

/**
 * Loops as their steps one after the other, for engines that have no loops. Those whose number of steps is a symbol
 * stay.
 *
 * @example
 * unroll(program).equations.some(({ op }) => op === 'scan') // false where all lengths are numbers
 */
export function unroll(program: Program): Program {
  return rewrite(program, (b, equation, inputs) =>
    equation.op === 'scan' ? steps(b, equation, inputs) : undefined,
  )
}

/** All steps of a loop, and its outputs put together from theirs. */
function steps(b: Builder, scan: EquationOf<'scan'>, inputs: readonly Value[]): readonly Value[] | undefined {
  const { attrs, outputs } = scan
  const length = scanLength(inputs, attrs)
  if (typeof length !== 'number') return undefined
  const body = unroll(attrs.body)
  const given = rolesOf(inputs, attrs)
  let carries = given.carries
  const rows = new Array<readonly Value[]>(length)
  for (let step = 0; step < length; step++) {
    const at = attrs.reverse ? length - 1 - step : step
    const elements = given.sequences.map((sequence) => element(b, sequence, at))
    const here = b.inline(body, [...carries, ...elements, ...given.others])
    const made = body.outputs.map(here)
    carries = made.slice(0, attrs.carries)
    rows[at] = made.slice(attrs.carries)
  }
  const stacks = outputs.slice(attrs.carries).map((type, which) =>
    stack(
      b,
      type,
      rows.map((made) => made[which]!),
    ),
  )
  return [...carries, ...stacks]
}

/** x[at] */
const element = (b: Builder, x: Value, at: number): Value =>
  b.reshape(b.sliceAxis(x, 0, at, at + 1), x.shape.slice(1))

function stack(b: Builder, type: TensorType, rows: readonly Value[]): Value {
  if (rows.length === 0) return b.zerosLike(type)
  const expanded = rows.map((row) => b.reshape(row, [1, ...row.shape]))
  return b.concat(expanded, 0)
}
