import { callableModel } from './callable-model.ts'
import { dense } from './dense.ts'
import type { Program } from './harness/program.ts'
import { inceptionProgram } from './inception.ts'
import { residualProgram } from './residual.ts'
import { sharedVisionProgram } from './shared-vision.ts'

/** All programs, in the order of the guide. */
export const programs: readonly Program[] = [
  dense,
  callableModel,
  inceptionProgram,
  residualProgram,
  sharedVisionProgram,
]
