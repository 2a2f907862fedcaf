export {
  caseGradientInputs,
  caseGradientProgram,
  caseInputs,
  caseProgram,
  caseTolerance,
} from './case-program.ts'
export { type Comparison, compareArrays } from './compare-arrays.ts'
export { type Check, layerChecks, opChecks, trainingChecks } from './engine-suite.ts'
export { guideCase, guideCaseNames } from './guide-cases.ts'
export { type LayerCase, layerCase, layerCaseNames } from './layer-cases.ts'
export type { CaseInput, Domain, OpCase } from './op-case.ts'
export { opCases } from './op-cases.ts'
export { operationCase, operationCaseNames } from './operation-cases.ts'
export { recurrentCase, recurrentCaseNames, secondCallCase } from './recurrent-cases.ts'
export { isRefused, mismatches, named, runOn } from './run-on.ts'
export { trainingCase, trainingCaseNames } from './training-cases.ts'
export { trainingOptionsCase, trainingOptionsCaseNames } from './training-options-cases.ts'
export { hostArray } from './values.ts'
