import { callableModel } from './callable-model.ts'
import { dense } from './dense.ts'
import type { Program } from './harness/program.ts'
import { headline } from './headline.ts'
import { inceptionProgram } from './inception.ts'
import { layerNodes } from './layer-nodes.ts'
import { residualProgram } from './residual.ts'
import { sharedLstmProgram } from './shared-lstm.ts'
import { sharedVisionProgram } from './shared-vision.ts'
import { timeDistributed } from './time-distributed.ts'
import { videoQaProgram } from './video-qa.ts'
import { visualQaProgram } from './visual-qa.ts'

/** All programs, in the order of the guide. */
export const programs: readonly Program[] = [
  dense,
  callableModel,
  timeDistributed,
  headline,
  sharedLstmProgram,
  layerNodes,
  inceptionProgram,
  residualProgram,
  sharedVisionProgram,
  visualQaProgram,
  videoQaProgram,
]
