import { binary } from './binary.ts'
import { choose } from './choose.ts'
import { contract } from './contract.ts'
import { control } from './control.ts'
import { indexing } from './indexing.ts'
import { move } from './move.ts'
import type { OpDefinition } from './op.ts'
import { reduce } from './reduce.ts'
import { source } from './source.ts'
import { unary } from './unary.ts'
import { window } from './window.ts'

/** All primitives. This table types everything that runs, emits, prints or differentiates programs. */
export const ops = {
  ...unary,
  ...binary,
  ...choose,
  ...reduce,
  ...contract,
  ...window,
  ...move,
  ...indexing,
  ...source,
  ...control,
}

export type OpName = keyof typeof ops

export type Attributes = {
  readonly [Op in OpName]: (typeof ops)[Op] extends OpDefinition<infer A> ? A : never
}

export const opNames = Object.keys(ops) as readonly OpName[]

/** The definition of an op, for code that treats all alike. */
export function opDefinition(op: OpName): OpDefinition<Attributes[OpName]> {
  return ops[op] as OpDefinition<Attributes[OpName]>
}

/** The families as the documentation and the conformance suite list them. */
export const families = { unary, binary, choose, reduce, contract, window, move, indexing, source, control }
