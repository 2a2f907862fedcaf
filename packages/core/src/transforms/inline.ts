import type { CallAttributes } from '../program/ops/control.ts'
import type { Program } from '../program/types.ts'
import { rewrite } from './rewrite.ts'

/** Replaces calls of composites by their bodies, and calls inside of these too: all, or those that `which` picks. */
export function inline(program: Program, which: (call: CallAttributes) => boolean = () => true): Program {
  const isWanted = ({ equations }: Program): boolean =>
    equations.some(
      (equation) =>
        (equation.op === 'call' && which(equation.attrs)) ||
        (equation.op === 'scan' && isWanted(equation.attrs.body)),
    )
  if (!isWanted(program)) return program
  return rewrite(program, (b, equation, inputs) => {
    if (equation.op !== 'call' || !which(equation.attrs)) return undefined
    const body = inline(equation.attrs.body, which)
    return body.outputs.map(b.inline(body, inputs))
  })
}
