import { formatShape, type HostArray, messageOf } from '@fn/core'
import fc from 'fast-check'
import type { Finding } from '../check.ts'

/** Something that is to hold for whatever is drawn. */
export interface Property<Drawn> {
  readonly arbitrary: fc.Arbitrary<Drawn>
  judge(drawn: Drawn): Promise<Finding>
  /** As a text in which a reader sees what is wrong. */
  show(drawn: Drawn): string | Promise<string>
}

export interface Draws {
  readonly seed: number
  /** Where a failure stands among the draws of its seed: only this one is drawn. */
  readonly path: string | undefined
  readonly runs: number
  /** After so many milliseconds no more are drawn; but a path is followed to its end. */
  readonly timeLimit: number
}

/** Milliseconds to find the simplest of what fails. */
const SHRINKING = 20_000

/** The worst error of all draws; or the simplest draw that fails, and how to come to it again. */
export async function findingOfProperty<Drawn>(
  { arbitrary, judge, show }: Property<Drawn>,
  { seed, path, runs, timeLimit }: Draws,
): Promise<Finding> {
  let error = 0
  // The limits of fast-check itself would leave a draw half done, and running on beside the next check.
  let deadline = path === undefined ? Date.now() + timeLimit : Infinity
  let failed = false
  const property = fc.asyncProperty(arbitrary, async (drawn) => {
    if (Date.now() > deadline) throw new fc.PreconditionFailure(true)
    try {
      const found = await judge(drawn)
      error = Math.max(error, found.error)
      if (found.problems.length > 0) throw new Error(found.problems.join('\n'))
    } catch (problem) {
      if (!failed) deadline = Date.now() + SHRINKING
      failed = true
      throw problem
    }
  })
  const result = await fc.check(property, {
    seed,
    numRuns: runs,
    ...(path === undefined ? {} : { path }),
  })
  if (!result.failed || result.counterexample === null) return { error, problems: [] }
  const repeat = `seed: ${result.seed}, path: '${result.counterexamplePath}'`
  return {
    error,
    problems: [
      `${messageOf(result.errorInstance)}\nin\n${await show(result.counterexample[0])}\nfrom { ${repeat} }, shrunk ${result.numShrinks} times.`,
    ],
  }
}

/** What inputs hold, a line for each: `  x = float32[3, 2] [0.5, -1.25, …]` */
export const showInputs = (
  inputs: readonly { readonly name: string }[],
  arrays: readonly HostArray[],
): readonly string[] =>
  inputs.map(({ name }, at) => {
    const { dtype, shape, data } = arrays[at]!
    const elements = Array.from(data)
    const more = elements.length > SHOWN ? ', …' : ''
    return `  ${name} = ${dtype}${formatShape(shape)} [${elements.slice(0, SHOWN).join(', ')}${more}]`
  })

const SHOWN = 8
