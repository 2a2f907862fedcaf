import { CommandError } from '../errors.ts'
import type { Colors } from '../report/report.ts'
import { compare, type Difference, differenceLines } from './compare.ts'
import type { Answers, Arrays, Runnable } from './runnable.ts'

/** Where inputs come from that nobody gave. */
export const RANDOM = 'random'

export interface Verification {
  readonly against: string
  readonly engine: string
  /** The file that the inputs came from, or RANDOM. */
  readonly inputs: string
  readonly outputs: readonly Difference[]
}

/**
 * Runs two things on the same inputs. Outputs meet by name, or, where the names differ, in their order.
 *
 * @throws CommandError where they do not give the same number of outputs
 */
export async function verify(
  expected: Runnable,
  found: Runnable,
  inputs: { readonly from: string; readonly arrays: Arrays },
  tolerance: number,
): Promise<Verification> {
  const given = inputsFor(found, expected, inputs.arrays)
  const before = await expected.run(inputs.arrays)
  const after = await found.run(given)
  return {
    against: before.engine,
    engine: after.engine,
    inputs: inputs.from,
    outputs: pairs(before, after).map(([name, other]) =>
      compare(name, before.outputs[name]!, after.outputs[other]!, tolerance),
    ),
  }
}

/** The arrays under the names of another that takes the same. */
function inputsFor(other: Runnable, one: Runnable, arrays: Arrays): Arrays {
  if (other.inputs.every(({ name }) => Object.hasOwn(arrays, name))) return arrays
  if (other.inputs.length !== one.inputs.length)
    throw new CommandError(
      `Expected the same inputs. Received: ${listed(one.inputs.map(({ name }) => name))} and ${listed(other.inputs.map(({ name }) => name))}.`,
    )
  return Object.fromEntries(other.inputs.map(({ name }, at) => [name, arrays[one.inputs[at]!.name]!]))
}

function pairs(a: Answers, b: Answers): readonly (readonly [string, string])[] {
  const [names, others] = [Object.keys(a.outputs), Object.keys(b.outputs)]
  if (names.length !== others.length)
    throw new CommandError(`Expected the same outputs. Received: ${listed(names)} and ${listed(others)}.`)
  const byName = names.every((name) => others.includes(name))
  return names.map((name, at) => [name, byName ? name : others[at]!])
}

const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')

/** What was compared, as a table. @param loss whether it is about what fewer bits cost */
export const verificationLines = (
  { engine, against, inputs, outputs }: Verification,
  colors: Colors,
  loss = false,
): readonly string[] => [
  `${engine} against ${against}, ${inputs === RANDOM ? 'random inputs' : inputs}:`,
  ...differenceLines(outputs, colors, loss),
]
