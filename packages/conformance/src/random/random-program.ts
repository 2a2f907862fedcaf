import { evaluate, type Tensor } from '@fn/backend-reference'
import { Builder, type DType, gradient, type HostArray, type Program, type Value } from '@fn/core'
import type fc from 'fast-check'
import { drawInput } from '../ops/values.ts'
import { Choices, type Plan, plans } from './choices.ts'
import { Disturbance, isSteady, type Lanes } from './lanes.ts'
import { Sketch } from './sketch.ts'
import { type StepName, stepNames, steps } from './steps/index.ts'
import { limitOf, noiseOf } from './tolerance.ts'

/** A program with inputs on which its answers are well-conditioned, and these answers. */
export interface DrawnProgram {
  readonly program: Program
  readonly inputs: readonly HostArray[]
  /** By the names of outputs, equation by equation as they were written: no transform has seen them. */
  readonly expected: Readonly<Record<string, HostArray>>
}

/** A program with its slopes. */
export interface DrawnGradient extends DrawnProgram {
  /** What the slopes are slopes of: Σ y ⊙ c over its outputs y, with a further input c for each. */
  readonly source: Program
  /** What finite differences say against the slopes. */
  differences(): readonly string[]
}

export interface DrawOptions {
  /** What engines may be off by. */
  readonly tolerance: number
  readonly dtypes: ReadonlySet<DType>
  /** Whether an engine, by what it says of itself, does not run a program. */
  isRefused(program: Program): boolean
}

const MOST_STEPS = 12

/** Programs of 1 to 12 steps, of which each writes an equation or a few. */
export function randomPrograms(options: DrawOptions): fc.Arbitrary<DrawnProgram> {
  return plans(stepNames, MOST_STEPS).map((plan) => {
    const { sketch, pick } = sketched(plan, options, false)
    const outputs = ending(sketch, pick, () => true)
    const { program, inputs } = sketch.programOf(outputs)
    const expected = outputs.map((value, at) => [`y${at}`, sketch.lanesOf(value).exact] as const)
    return { program, inputs, expected: Object.fromEntries(expected) }
  })
}

/** Programs of slopes at points where there are slopes. */
export function randomGradients(options: DrawOptions): fc.Arbitrary<DrawnGradient> {
  return plans(stepNames, MOST_STEPS).map((plan) => {
    const { sketch, pick } = sketched(plan, options, true)
    const {
      program: source,
      inputs,
      lanes,
    } = sketch.programOf(ending(sketch, pick, ({ dtype }) => dtype === 'float32'))
    const loss = lossOf(source)
    const cotangents = source.outputs.map(({ shape, dtype }, at) =>
      drawInput({ shape: shape as readonly number[], dtype, domain: 'any' }, at, plan.seed),
    )
    const wrt = source.inputs.flatMap(({ dtype, name }) => (dtype === 'float32' ? [name!] : []))
    const program = gradient(loss, 'loss', wrt)
    const noise = new Disturbance(plan.seed, noiseOf(options.tolerance), false)
    const given = [...lanes, ...cotangents.map((array) => noise.input(array as Tensor, false))]
    const slopes = noise.program(program, given)
    const named = program.outputNames.map((name, at) => [name, slopes[at]!] as const)
    const steady = named.filter(([name, own]) => name !== 'loss' && isSteady(own, limitOf(options.tolerance)))
    return {
      source,
      program,
      inputs: [...inputs, ...cotangents],
      expected: Object.fromEntries(steady.map(([name, { exact }]) => [name, exact])),
      differences: () => differences(loss, given, new Map(named)),
    }
  })
}

function sketched(plan: Plan<StepName>, options: DrawOptions, smooth: boolean) {
  const { tolerance, dtypes, isRefused } = options
  const sketch = new Sketch({
    seed: plan.seed,
    disturbance: new Disturbance(plan.seed, noiseOf(tolerance), smooth),
    limit: limitOf(tolerance),
    smooth,
    dtypes,
    isRefused,
  })
  for (const { kind, numbers } of plan.steps) sketch.keep(steps[kind](sketch, new Choices(numbers)))
  return { sketch, pick: new Choices(plan.ending) }
}

/** The newest value, others among the newest, or all that no other has made use of. */
function ending(sketch: Sketch, pick: Choices, accepts: (value: Value) => boolean): readonly Value[] {
  const candidates = sketch.pool.filter(accepts)
  if (candidates.length === 0) candidates.push(sketch.fresh([2]))
  const unread = candidates.filter((value) => !sketch.isRead(value)).slice(0, 4)
  if (unread.length > 0 && pick.maybe(40)) return unread
  return Array.from({ length: pick.of([1, 2, 3]) }, (_, at) =>
    at === 0 ? candidates[0]! : pick.of(candidates.slice(0, 6)),
  )
}

function lossOf(source: Program): Program {
  const b = new Builder()
  const inputs = source.inputs.map((input) => b.input(input, input.name!))
  const cotangents = source.outputs.map((type, at) => b.input(type, `c${at}`))
  const here = b.inline(source, inputs)
  const parts = source.outputs.map((y, at) => b.reduceSum(b.mul(here(y), cotangents[at]!)))
  return b.build({ loss: parts.reduce((x, y) => b.add(x, y)) })
}

/**
 * Compares slopes with central differences along the directions in which the inputs have moved: with u a move,
 * D(t) = (f(x + tu) − f(x − tu)) / 2t, extrapolated to D(¼) + (D(¼) − D(½)) / 3, is to be Σ df/dx ⊙ u.
 */
function differences(
  loss: Program,
  given: readonly Lanes[],
  slopes: ReadonlyMap<string, Lanes>,
): readonly string[] {
  const moves = given[0]?.moved.map((_, lane) => lane) ?? []
  return moves.flatMap((lane) => {
    const move = given.map(({ exact, moved }) =>
      moved[lane] === undefined
        ? undefined
        : Float64Array.from(exact.data, (value, at) => moved[lane]!.data[at]! - value),
    )
    const at = (t: number): number => {
      const inputs = given.map(({ exact }, which) => {
        const own = move[which]
        return own === undefined || exact.dtype !== 'float32'
          ? exact
          : { ...exact, data: Float64Array.from(exact.data, (value, index) => value + t * own[index]!) }
      })
      return evaluate(loss, inputs)[0]!.data[0]!
    }
    const central = (t: number): number => (at(t) - at(-t)) / (2 * t)
    const [wide, narrow] = [central(0.5), central(0.25)]
    const found = narrow + (narrow - wide) / 3
    let expected = 0
    let squares = 0
    loss.inputs.forEach(({ name }, which) => {
      slopes.get(`d:${name}`)?.exact.data.forEach((slope: number, index: number) => {
        const part = slope * move[which]![index]!
        expected += part
        squares += part ** 2
      })
    })
    const error = Math.abs(found - expected) / (Math.sqrt(squares) + NOTHING)
    return error <= DIFFERENCES
      ? []
      : [
          `By finite differences along a direction: expected ${found}. Received: ${expected} (error ${error.toExponential(2)}).`,
        ]
  })
}

/** How good the differences are. */
const DIFFERENCES = 1e-5
/** A change that rounding alone makes. */
const NOTHING = 1e-7
