import {
  type Backend,
  fromJson,
  type HostArray,
  inline,
  legalize,
  type Program,
  print,
  toJson,
} from '@fn/core'
import { type Check, type Finding, together } from '../check.ts'
import {
  caseGradientInputs,
  caseGradientProgram,
  caseInputs,
  caseProgram,
  caseTolerance,
} from '../ops/case-program.ts'
import type { OpCase } from '../ops/op-case.ts'
import { opCases } from '../ops/op-cases.ts'
import { isRefused, judge, named, runOn } from '../run-on.ts'
import type { SuiteOptions } from '../suite.ts'
import { slopesByDifferences } from './differences.ts'

/** What an engine may make of a program: the answers are the same, by any of these ways to it. */
const routes: Readonly<Record<string, (program: Program) => Program>> = {
  'as it is': (program) => program,
  'with everything inlined': inline,
  'through JSON': (program) => fromJson(toJson(program)),
}

/** Every op and every composite, forward and gradient, against the reference. */
export function opChecks(backend: Backend, oracle: Backend, options: SuiteOptions): readonly Check[] {
  return opCases
    .filter(({ shapeOnly }) => !shapeOnly)
    .flatMap((opCase) => [
      ...forwardCheck(opCase, backend, oracle, options),
      ...(opCase.gradient ? slopeCheck(opCase, backend, oracle, options) : []),
    ])
}

function forwardCheck(opCase: OpCase, backend: Backend, oracle: Backend, options: SuiteOptions): Check[] {
  const program = caseProgram(opCase)
  if (isRefused(backend, program)) return []
  return [
    {
      name: opCase.name,
      part: 'operations',
      subject: opCase.op,
      async run() {
        const inputs = caseInputs(opCase)
        const expected = named(program, await runOn(oracle, program, inputs))
        const tolerance = options.tolerance(caseTolerance(opCase, backend.capabilities.precision))
        return byEveryRoute(backend, program, inputs, expected, tolerance, options)
      },
    },
  ]
}

/** The slopes that core's `gradient` writes, and those that differences of the reference's answers give. */
function slopeCheck(opCase: OpCase, backend: Backend, oracle: Backend, options: SuiteOptions): Check[] {
  const program = caseGradientProgram(opCase)
  if (isRefused(backend, program)) return []
  const exact = backend.capabilities.precision === 'float64'
  return [
    {
      name: `slope of ${opCase.name}`,
      part: 'operations',
      subject: opCase.op,
      async run() {
        const inputs = caseGradientInputs(opCase)
        // The loss is no more than a sum that cancels: it is left out.
        const { loss: _, ...analytic } = named(program, await runOn(oracle, program, inputs))
        const tolerance = options.tolerance(caseTolerance(opCase, backend.capabilities.precision))
        const found = await byEveryRoute(backend, program, inputs, analytic, tolerance, options)
        if (options.quick || found.problems.length > 0 || opCase.gradient === 'by rule') return found
        const slopes = await slopesByDifferences(oracle, caseProgram(opCase), inputs)
        const byDifferences = Object.fromEntries(Object.keys(analytic).map((name, at) => [name, slopes[at]!]))
        const differences = await judge(
          backend,
          program,
          inputs,
          byDifferences,
          exact ? DIFFERENCES : Math.max(DIFFERENCES, tolerance),
        )
        return {
          // In float32 the differences tell no more than how good they are themselves.
          error: exact ? differences.error : found.error,
          problems: differences.problems.map((problem) => `By finite differences: ${problem}`),
        }
      },
    },
  ]
}

/** How good the finite differences are. */
const DIFFERENCES = 1e-8

/** Whether constants are in typed arrays, of which JSON makes plain ones. */
const hasViews = (value: unknown): boolean =>
  ArrayBuffer.isView(value) ||
  (typeof value === 'object' && value !== null && Object.values(value).some(hasViews))

async function byEveryRoute(
  backend: Backend,
  program: Program,
  inputs: readonly HostArray[],
  expected: Readonly<Record<string, HostArray>>,
  tolerance: number,
  { quick }: SuiteOptions,
): Promise<Finding> {
  const seen = new Set<string>()
  const findings: Finding[] = []
  for (const [route, take] of Object.entries(routes)) {
    const taken = take(program)
    // What reaches the engine is the same where there was nothing to inline, or JSON gave all of it back.
    const text = print(legalize(taken, backend), { whole: true })
    if (seen.has(text) && !hasViews(program)) continue
    seen.add(text)
    const { error, problems } = await judge(backend, taken, inputs, expected, tolerance)
    findings.push({ error, problems: problems.map((problem) => `The program ${route}: ${problem}`) })
    if (quick) break
  }
  return together(findings)
}
