import {
  type Backend,
  type Capabilities,
  type HostArray,
  legalize,
  type Program,
  UnsupportedOpError,
} from '@fn/core'
import { type Finding, together } from './check.ts'
import { compareArrays } from './compare-arrays.ts'

/** What a backend makes of a program, in the order of its outputs. */
export async function runOn(
  backend: Backend,
  program: Program,
  inputs: readonly HostArray[],
): Promise<readonly HostArray[]> {
  const [arrays] = await runTimes(backend, program, inputs, 1)
  return arrays!
}

/** What a backend makes of a program, each of the times that one executable runs it on the same tensors. */
async function runTimes(
  backend: Backend,
  program: Program,
  inputs: readonly HostArray[],
  times: number,
): Promise<readonly (readonly HostArray[])[]> {
  const executable = await backend.compile(legalize(program, backend))
  const given = inputs.map((array) => backend.upload(array))
  try {
    const answers: (readonly HostArray[])[] = []
    for (let time = 0; time < times; time++) {
      const outputs = await executable.run(given)
      answers.push(await Promise.all(outputs.map((tensor) => backend.download(tensor))))
      for (const tensor of outputs) tensor.dispose()
    }
    return answers
  } finally {
    for (const tensor of given) tensor.dispose()
    executable.dispose()
  }
}

/**
 * Runs a program twice on a backend and compares all that comes with what is expected. The second run must give the
 * bits of the first, and nothing may be left behind.
 *
 * @param expected by the names of outputs; others are not looked at
 */
export async function judge(
  backend: Backend,
  program: Program,
  inputs: readonly HostArray[],
  expected: Readonly<Record<string, HostArray>>,
  tolerance: number,
): Promise<Finding> {
  const before = backend.memory?.().tensors
  const [first, second] = await runTimes(backend, program, inputs, 2)
  const after = backend.memory?.().tensors
  const found = compareAll(program, held(expected, backend), first!, tolerance)
  if (found.problems.length > 0) return found
  return together([
    found,
    {
      error: 0,
      problems: compareAll(program, named(program, first!), second!, 0).problems.map(
        (problem) => `The second run differs from the first: ${problem}`,
      ),
    },
    {
      error: 0,
      problems:
        before === after ? [] : [`Expected ${before} tensors after the run, as before. Received: ${after}.`],
    },
  ])
}

/** Whether the capabilities of a backend say that it does not run a program: the only reason to skip one. */
export function isRefused(backend: Backend, program: Program): boolean {
  if (backend.capabilities.refuses === undefined && hasAll(backend.capabilities, program)) return false
  try {
    legalize(program, backend)
    return false
  } catch (error) {
    if (error instanceof UnsupportedOpError) return true
    throw error
  }
}

/** Whether all that stands in a program is there: then nothing can be missing, and `legalize` need not be asked. */
function hasAll(capabilities: Capabilities, { equations }: Program): boolean {
  const { ops, dtypes } = capabilities
  return equations.every(
    ({ op, attrs, inputs, outputs }) =>
      (op === 'call' || ops.has(op)) &&
      [...inputs, ...outputs].every(({ dtype }) => dtypes.has(dtype)) &&
      (!('body' in attrs) || hasAll(capabilities, attrs.body)),
  )
}

/**
 * Compares what a backend answers with what is expected, output by output.
 *
 * @param expected by the names of outputs; others are not looked at
 */
export function compareAll(
  { outputNames }: Program,
  expected: Readonly<Record<string, HostArray>>,
  found: readonly HostArray[],
  tolerance: number,
): Finding {
  return together(
    Object.entries(expected).map(([name, array]) => {
      const { error, mismatch } = compareArrays(array, found[outputNames.indexOf(name)]!, tolerance)
      return { error, problems: mismatch === undefined ? [] : [`${name}: ${mismatch}`] }
    }),
  )
}

/** As the precision of a backend holds it: what float32 can not hold is infinite. */
function held(
  expected: Readonly<Record<string, HostArray>>,
  { capabilities }: Backend,
): Readonly<Record<string, HostArray>> {
  if (capabilities.precision === 'float64') return expected
  return Object.fromEntries(
    Object.entries(expected).map(([name, array]) => [
      name,
      array.dtype === 'float32' ? { ...array, data: Float32Array.from(array.data) } : array,
    ]),
  )
}

/** The outputs of a program by name. */
export const named = ({ outputNames }: Program, arrays: readonly HostArray[]): Record<string, HostArray> =>
  Object.fromEntries(outputNames.map((name, at) => [name, arrays[at]!] as const))
