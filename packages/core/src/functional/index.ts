export { InputLayer, type InputOptions, input } from './input-layer.ts'
export type { InputDType } from './input-type.ts'
export { Layer, type LayerOptions, type Mask, type Weight, type Written } from './layer.ts'
export {
  type ArraysOf,
  type DataOf,
  Model,
  type ModelOptions,
  model,
  type Outputs,
  type Port,
} from './model.ts'
export { resetNames } from './names.ts'
export type { CallOptions, Node } from './node.ts'
export { Operation, type OperationDefinition } from './operation.ts'
export { Scope } from './scope.ts'
export { Sequential, sequential } from './sequential.ts'
export type { Structure } from './structure.ts'
export type { SummaryOptions } from './summary.ts'
export { type OpenShape, SymbolicTensor } from './symbolic-tensor.ts'
export { Variable, type WeightRules } from './variable.ts'
