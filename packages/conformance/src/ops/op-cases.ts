import type { OpName } from '@fn/core'
import { binaryCases } from './cases/binary.ts'
import { chooseCases } from './cases/choose.ts'
import { compositeCases } from './cases/composites.ts'
import { contractCases } from './cases/contract.ts'
import { controlCases } from './cases/control.ts'
import { indexingCases } from './cases/indexing.ts'
import { moveCases } from './cases/move.ts'
import { recurrentCases } from './cases/recurrent.ts'
import { reduceCases } from './cases/reduce.ts'
import { sourceCases } from './cases/source.ts'
import { unaryCases } from './cases/unary.ts'
import { windowCases } from './cases/window.ts'
import type { Draft, OpCase } from './op-case.ts'

/** Total by type: an op without a case does not compile. The cases of `call` are those of the composites. */
const drafts: { readonly [Op in Exclude<OpName, 'call'>]: readonly [Draft, ...Draft[]] } = {
  ...unaryCases,
  ...binaryCases,
  ...chooseCases,
  ...reduceCases,
  ...contractCases,
  ...windowCases,
  ...moveCases,
  ...indexingCases,
  ...sourceCases,
  ...controlCases,
}

/** Every op and every composite, in the ways in which they can be asked for. */
export const opCases: readonly OpCase[] = [
  ...Object.entries(drafts),
  ...Object.entries(compositeCases),
  ...Object.entries(recurrentCases),
].flatMap(([op, list]) => list.map((draft) => draft(op)))
