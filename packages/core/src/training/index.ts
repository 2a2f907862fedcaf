export type {
  ClassWeights,
  Data,
  DataFor,
  NestedNumbers,
  ShapedNumbers,
  TableOptions,
  TypedNumbers,
} from './data.ts'
export type { ModelCompileOptions, PerOutput } from './plan.ts'
export type { Verbosity } from './progress.ts'
export { type InferenceProgram, inferenceProgram } from './step.ts'
export type { Batch, Batches, Compiled, EvaluateOptions, FitOptions, RunOptions } from './trainer.ts'
export { type TrainingProgram, trainingProgram } from './training-program.ts'
