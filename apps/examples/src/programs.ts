import { callableModel } from './callable-model.ts'
import { dense } from './dense.ts'
import type { Program } from './harness/program.ts'

/** All programs, in the order of the guide. */
export const programs: readonly Program[] = [dense, callableModel]
