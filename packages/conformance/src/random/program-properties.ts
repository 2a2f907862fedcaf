import { type Backend, inline, opNames, type Program, parse, print, simplify, unroll } from '@fn/core'
import { type Finding, together } from '../check.ts'
import { isRefused, judge } from '../run-on.ts'
import type { SuiteOptions } from '../suite.ts'
import { type Property, showInputs } from './property.ts'
import {
  type DrawnGradient,
  type DrawnProgram,
  type DrawOptions,
  randomGradients,
  randomPrograms,
} from './random-program.ts'
import { reduced } from './reduce.ts'
import { randomTolerance } from './tolerance.ts'

/** Whatever way a program takes to a backend, it gives what its equations give one by one. */
export function programs(backend: Backend, options: SuiteOptions): Property<DrawnProgram> {
  const compare = byEveryRoute(backend, options)
  return {
    arbitrary: randomPrograms(drawOptions(backend, options)),
    judge: compare,
    show: (drawn) => showReduced(drawn, compare),
  }
}

/** The same of the program of its slopes; and these are what finite differences say. */
export function gradients(backend: Backend, options: SuiteOptions): Property<DrawnGradient> {
  const compare = byEveryRoute(backend, options)
  return {
    arbitrary: randomGradients(drawOptions(backend, options)),
    async judge(drawn) {
      // The slopes are those of core: it is enough that they are right on one backend.
      const problems = isExact(backend) ? drawn.differences() : []
      return problems.length > 0 ? { error: Infinity, problems } : compare(drawn)
    },
    show: async (drawn) => `${print(drawn.source)}\nwhose slopes are\n${await showReduced(drawn, compare)}`,
  }
}

type Compare = (drawn: DrawnProgram) => Promise<Finding>

/** A program, and what is left of it when it is taken apart. */
async function showReduced(drawn: DrawnProgram, compare: Compare): Promise<string> {
  const simplest = await reduced(drawn, async (candidate) => {
    try {
      return (await compare(candidate)).problems.length > 0
    } catch {
      return true
    }
  })
  return simplest === drawn ? show(drawn) : `${show(drawn)}\nwhich comes down to\n${show(simplest)}`
}

const show = ({ program, inputs }: DrawnProgram): string =>
  [print(program), ...showInputs(program.inputs as readonly { readonly name: string }[], inputs)].join('\n')

const isExact = ({ capabilities }: Backend): boolean => capabilities.precision === 'float64'

function drawOptions(backend: Backend, options: SuiteOptions): DrawOptions {
  const { ops, dtypes, refuses } = backend.capabilities
  // To ask about each equation takes longer than to draw it. stopGradient is nothing to an engine, and nothing is random.
  const all = opNames.every((op) => ops.has(op) || op === 'call' || op === 'stopGradient' || op === 'random')
  const ask = !all || dtypes.size < 3 || refuses !== undefined
  return {
    tolerance: randomTolerance(backend, options).drawn,
    dtypes,
    isRefused: (program) => ask && isRefused(backend, program),
  }
}

/** Transforms are looked at where they can be told from the roundings of an engine. */
function routesOf(backend: Backend, quick: boolean): Readonly<Record<string, (program: Program) => Program>> {
  const asItIs = { 'as it is': (program: Program) => program }
  if (quick) return asItIs
  if (!isExact(backend)) return { ...asItIs, 'with everything inlined': inline }
  return {
    ...asItIs,
    'with everything inlined': inline,
    simplified: simplify,
    'with its loops unrolled': (program) => unroll(inline(program)),
    'printed and parsed': (program) => parse(print(program, { whole: true })),
  }
}

function byEveryRoute(backend: Backend, options: SuiteOptions): Compare {
  const routes = Object.entries(routesOf(backend, options.quick))
  const { allowed } = randomTolerance(backend, options)
  return async ({ program, inputs, expected }) => {
    const seen = new Set<string>()
    const findings: Finding[] = []
    for (const [route, take] of routes) {
      const taken = take(program)
      const text = isExact(backend) ? route : print(taken, { whole: true })
      if (seen.has(text) || isRefused(backend, taken)) continue
      seen.add(text)
      const { error, problems } = await judge(backend, taken, inputs, expected, allowed)
      findings.push({ error, problems: problems.map((problem) => `The program ${route}: ${problem}`) })
      if (problems.length > 0) break
    }
    return together(findings)
  }
}
