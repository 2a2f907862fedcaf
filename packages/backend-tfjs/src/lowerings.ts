import type { OpName } from '@fn/core'
import type { Lowerings } from './lowering.ts'
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

/** How every op runs on tfjs. */
export const lowerings: Lowerings<OpName> = {
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
