export type { Check, Finding, Part } from './check.ts'
export { slopesByDifferences } from './checks/differences.ts'
export { type Comparison, compareArrays } from './compare-arrays.ts'
export {
  type ConformanceOptions,
  conformance,
  findingOf,
  type KnownFailure,
  type Outcome,
} from './conformance.ts'
export { type LayerCase, layerCase, layerCaseNames } from './keras/layer-cases.ts'
export { operationCase, operationCaseNames } from './keras/operation-cases.ts'
export { recurrentCase, recurrentCaseNames, secondCallCase } from './keras/recurrent-cases.ts'
export {
  caseGradientInputs,
  caseGradientProgram,
  caseInputs,
  caseProgram,
  caseTolerance,
} from './ops/case-program.ts'
export type { CaseInput, Domain, OpCase } from './ops/op-case.ts'
export { opCases } from './ops/op-cases.ts'
export { hostArray } from './ops/values.ts'
export { isRefused, runOn } from './run-on.ts'
export { type Choice, suite } from './suite.ts'
