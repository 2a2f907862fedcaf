export {
  type Activation,
  type ActivationLike,
  type ActivationName,
  activations,
} from './activations/index.ts'
export * from './backend.ts'
export * from './callbacks/index.ts'
export type { Constraint } from './constraints/constraint.ts'
export { type ConstraintLike, type ConstraintName, constraintOf, constraints } from './constraints/index.ts'
export * from './errors.ts'
export * from './functional/index.ts'
export { type InitializerLike, type InitializerName, initializers } from './initializers/index.ts'
export type { Initializer } from './initializers/initializer.ts'
export { type LayerClass, layers } from './layers/index.ts'
export { type Loss, type LossLike, type LossName, losses } from './losses/index.ts'
export { reduceLoss } from './losses/loss.ts'
export { type Metric, type MetricBatch, type MetricLike, type MetricName, metrics } from './metrics/index.ts'
export { type Index, ops, type TensorLike } from './ops/index.ts'
export { Optimizer, type OptimizerLike, type OptimizerName, optimizers } from './optimizers/index.ts'
export * from './profile/index.ts'
export * from './program/index.ts'
export { Generator } from './random/philox.ts'
export { setRandomSeed } from './random/seed.ts'
export {
  type RegularizerLike,
  type RegularizerName,
  regularizerOf,
  regularizers,
} from './regularizers/index.ts'
export type { Regularizer } from './regularizers/regularizer.ts'
export {
  type CompileConfig,
  type CompiledOptions,
  compileConfig,
  compileOptionsFrom,
} from './saving/compile-config.ts'
export {
  type CustomObjects,
  type FromConfigOptions,
  type LayerConfig,
  layerFromConfig,
  type ModelConfig,
  modelFromConfig,
  toConfig,
} from './saving/config.ts'
export { camelCase, snakeCase } from './saving/naming.ts'
export * from './training/index.ts'
export * from './transforms/index.ts'
