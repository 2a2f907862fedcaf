import { basic } from './basic.ts'
import { graph } from './graph.ts'
import { merging } from './merging.ts'
import type { ModelStep } from './model-step.ts'
import { operations } from './operations.ts'
import { sequences } from './sequences.ts'
import { spatialLayers } from './spatial.ts'

/** Steps shrink to this one: whatever else fails does so without them. */
const nothing: ModelStep = () => {}

/** What a random model is made of. */
export const modelSteps = {
  nothing,
  ...basic,
  ...spatialLayers,
  ...sequences,
  ...merging,
  ...operations,
  ...graph,
} satisfies Record<string, ModelStep>

export type ModelStepName = keyof typeof modelSteps
/** What a graph is about, more often. */
export const modelStepNames: readonly ModelStepName[] = [
  ...(Object.keys(modelSteps) as ModelStepName[]),
  ...(['shared', 'modelInModel', 'shared', 'modelInModel'] as const),
]
