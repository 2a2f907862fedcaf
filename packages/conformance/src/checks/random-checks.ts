import {
  type Backend,
  type HostArray,
  inline,
  opNames,
  type Program,
  parse,
  print,
  simplify,
  unroll,
} from '@fn/core'
import { type Check, type Finding, together } from '../check.ts'
import { findingOfProperty, type Property } from '../random/property.ts'
import {
  type DrawnGradient,
  type DrawnProgram,
  type DrawOptions,
  randomGradients,
  randomPrograms,
} from '../random/random-program.ts'
import { isRefused, judge } from '../run-on.ts'
import type { SuiteOptions } from '../suite.ts'

/**
 * What float32 engines may be off by. They are by some 1e-6 in one equation (products, exp, erf); what is drawn is
 * such that this grows by a factor of 25 at most, see `randomPrograms`.
 */
const FLOAT32 = 1e-4
/** Rounding of float64 grows no more than that of float32; here it is 1e-15. */
const FLOAT64 = 1e-10

/** How many checks of how many draws, and the milliseconds that one may take. */
interface Extent {
  readonly checks: number
  readonly runs: number
  readonly timeLimit: number
}

/**
 * Programs that nobody has thought of. Each check has a seed of its own, so that a failure is the same the next time;
 * what fails is reported in its simplest form.
 */
export function randomChecks(backend: Backend, _oracle: Backend, options: SuiteOptions): readonly Check[] {
  const { quick, seed = 1, path } = options
  const checks = <Drawn>(subject: string, extent: Extent, property: Property<Drawn>): readonly Check[] =>
    Array.from({ length: extent.checks }, (_, at) => ({
      name: `${subject}, seed ${seed + at}`,
      part: 'random',
      subject,
      run: () =>
        findingOfProperty(property, {
          seed: seed + at,
          path: at === 0 ? path : undefined,
          runs: quick ? Math.ceil(extent.runs / 3) : extent.runs,
          timeLimit: quick ? extent.timeLimit / 2 : extent.timeLimit,
        }),
    }))
  return [
    ...checks('random programs', { checks: 4, runs: 75, timeLimit: 2000 }, programs(backend, options)),
    ...checks(
      'slopes of random programs',
      { checks: 3, runs: 50, timeLimit: 1500 },
      gradients(backend, options),
    ),
  ]
}

const isExact = ({ capabilities }: Backend): boolean => capabilities.precision === 'float64'

function drawOptions(backend: Backend, { tolerance }: SuiteOptions): DrawOptions {
  const { ops, dtypes, refuses } = backend.capabilities
  // To ask about each equation takes longer than to draw it. stopGradient is nothing to an engine, and nothing is random.
  const all = opNames.every((op) => ops.has(op) || op === 'call' || op === 'stopGradient' || op === 'random')
  const ask = !all || dtypes.size < 3 || refuses !== undefined
  return {
    tolerance: tolerance(FLOAT32),
    isRefused: (program) => ask && isRefused(backend, program),
  }
}

/** Programs that are to give the same: transforms are checked where they can be told from the roundings of an engine. */
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

/** Every way to a program gives what its equations give one by one. */
function byEveryRoute(backend: Backend, { quick, tolerance }: SuiteOptions) {
  const routes = Object.entries(routesOf(backend, quick))
  const allowed = isExact(backend) ? FLOAT64 : tolerance(FLOAT32)
  return async ({ program, inputs, expected }: DrawnProgram): Promise<Finding> => {
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

const programs = (backend: Backend, options: SuiteOptions): Property<DrawnProgram> => ({
  arbitrary: randomPrograms(drawOptions(backend, options)),
  judge: byEveryRoute(backend, options),
  show: ({ program, inputs }) => withInputs(print(program), program, inputs),
})

function gradients(backend: Backend, options: SuiteOptions): Property<DrawnGradient> {
  const compare = byEveryRoute(backend, options)
  return {
    arbitrary: randomGradients(drawOptions(backend, options)),
    judge: async (drawn) =>
      // The slopes are those of core: it is enough that one backend says so.
      isExact(backend) && drawn.problems.length > 0
        ? { error: Infinity, problems: drawn.problems }
        : compare(drawn),
    show: ({ source, program, inputs }) =>
      `${print(source)}\nwhose slopes are\n${withInputs(print(program), program, inputs)}`,
  }
}

/** The text of a program, with the first elements of its inputs. */
function withInputs(text: string, program: Program, inputs: readonly HostArray[]): string {
  const lines = program.inputs.map(({ name }, at) => {
    const elements = Array.from(inputs[at]!.data)
    return `  ${name} = [${elements.slice(0, SHOWN).join(', ')}${elements.length > SHOWN ? ', …' : ''}]`
  })
  return [text, ...lines].join('\n')
}

const SHOWN = 8
