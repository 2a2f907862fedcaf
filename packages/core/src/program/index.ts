export { NEGLIGIBLE } from './attention.ts'
export { Builder, normalizeAxis, type Operand, type Steps } from './builder.ts'
export { type Composite, composites } from './composites.ts'
export {
  addDims,
  bindDim,
  broadcastShapes,
  ceilDiv,
  concrete,
  type DimTree,
  exactQuotient,
  floorDiv,
  formatShape,
  isConcrete,
  maxDims,
  mayBeSame,
  mayEqual,
  productOf,
  sameShape,
  sizeOf,
  stridesOf,
  subDims,
  symbolsOf,
  treeOf,
} from './dims.ts'
export { fromJson, toJson } from './json.ts'
export {
  type ConvAttributes,
  type ConvFilterGradAttributes,
  type ConvTransposeAttributes,
  type DotAttributes,
  freeAxes,
} from './ops/contract.ts'
export { type CallAttributes, type ScanAttributes, scanLength } from './ops/control.ts'
export { type Attributes, families, type OpName, opDefinition, opNames } from './ops/index.ts'
export type { ScatterAddAttributes } from './ops/indexing.ts'
export type {
  AxesAttributes,
  AxisAttributes,
  PadAttributes,
  ShapeAttributes,
  SliceAttributes,
  TransposeAttributes,
} from './ops/move.ts'
export type { OpDefinition } from './ops/op.ts'
export type { ArgMaxAttributes, CumSumAttributes, ReduceAttributes, TopKAttributes } from './ops/reduce.ts'
export type { ConstantAttributes, IotaAttributes, RandomAttributes } from './ops/source.ts'
export {
  type AvgPoolGradAttributes,
  type PoolAttributes,
  type WindowAttributes,
  windowCount,
  windowSpan,
} from './ops/window.ts'
export { parse } from './parse.ts'
export { type PrintOptions, print } from './print.ts'
export type {
  Dim,
  DType,
  Equation,
  EquationOf,
  Interpreter,
  Program,
  Shape,
  TensorType,
  Value,
} from './types.ts'
export { verify } from './verify.ts'
