import type { Backend, HostArray, Program } from '@fn/core'
import {
  caseGradientInputs,
  caseGradientProgram,
  caseInputs,
  caseProgram,
  caseTolerance,
} from './case-program.ts'
import { guideCase, guideCaseNames } from './guide-cases.ts'
import { layerCase, layerCaseNames } from './layer-cases.ts'
import { opCases } from './op-cases.ts'
import { operationCase, operationCaseNames } from './operation-cases.ts'
import { recurrentCase, recurrentCaseNames } from './recurrent-cases.ts'
import { isRefused, mismatches, named, runOn } from './run-on.ts'
import { trainingCase, trainingCaseNames } from './training-cases.ts'
import { trainingOptionsCase, trainingOptionsCaseNames } from './training-options-cases.ts'

/** One thing that an engine has to get right. */
export interface Check {
  readonly name: string
  /** A sentence for everything that differs. */
  run(): Promise<readonly string[]>
}

/** Keras computed in float32, in another order: what is left between it and another float32 engine. */
const KERAS_TOLERANCE = 2e-5
const TRAINING_TOLERANCE = 1e-4
/** Of a saturated softmax only noise is left in float32. */
const NOISE = 1e-12

/** Every op, forward and gradient, against the reference. */
export function opChecks(backend: Backend, oracle: Backend): readonly Check[] {
  const check = (
    name: string,
    program: Program,
    inputs: readonly HostArray[],
    tolerance: number,
  ): Check[] => {
    if (isRefused(backend, program)) return []
    const run = async () => {
      const expected = named(program, await runOn(oracle, program, inputs))
      return mismatches(program, expected, await runOn(backend, program, inputs), tolerance)
    }
    return [{ name, run }]
  }
  return opCases
    .filter(({ shapeOnly }) => !shapeOnly)
    .flatMap((opCase) => {
      const tolerance = caseTolerance(opCase, 'float32')
      const forward = check(opCase.name, caseProgram(opCase), caseInputs(opCase), tolerance)
      if (!opCase.gradient) return forward
      return [
        ...forward,
        ...check(
          `slope of ${opCase.name}`,
          caseGradientProgram(opCase),
          caseGradientInputs(opCase),
          tolerance,
        ),
      ]
    })
}

/** Every layer and every operation on tensors, forward and gradient, against real Keras. */
export function layerChecks(backend: Backend): readonly Check[] {
  const cases = [
    ...layerCaseNames().map(layerCase),
    ...recurrentCaseNames().map(recurrentCase),
    ...operationCaseNames().map(operationCase),
  ]
  return cases.flatMap(({ name, program, inputs, expected }): Check[] => {
    if (isRefused(backend, program)) return []
    const loud = Object.entries(expected).filter(([, { data }]) =>
      data.some((value) => Math.abs(value) > NOISE),
    )
    const run = async () =>
      mismatches(program, Object.fromEntries(loud), await runOn(backend, program, inputs), KERAS_TOLERANCE)
    return [{ name, run }]
  })
}

/** Whole runs of fit, evaluate and predict, against real Keras. */
export const trainingChecks = (backend: Backend): readonly Check[] => [
  ...trainingCaseNames().map((name) => ({
    name,
    run: () => trainingCase(name, backend, TRAINING_TOLERANCE),
  })),
  ...guideCaseNames().map((name) => ({
    name: `guide: ${name}`,
    run: () => guideCase(name, backend, TRAINING_TOLERANCE),
  })),
  ...trainingOptionsCaseNames().map((name) => ({
    name,
    run: () => trainingOptionsCase(name, backend, TRAINING_TOLERANCE),
  })),
]
