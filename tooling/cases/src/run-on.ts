import { type Backend, type HostArray, legalize, type Program, UnsupportedOpError } from '@fn/core'
import { compareArrays } from './compare-arrays.ts'

/** What a backend makes of a program, in the order of its outputs. */
export async function runOn(
  backend: Backend,
  program: Program,
  inputs: readonly HostArray[],
): Promise<readonly HostArray[]> {
  const executable = await backend.compile(legalize(program, backend))
  const given = inputs.map((array) => backend.upload(array))
  const outputs = await executable.run(given)
  const arrays = await Promise.all(outputs.map((tensor) => backend.download(tensor)))
  for (const tensor of [...given, ...outputs]) tensor.dispose()
  executable.dispose()
  return arrays
}

/** Whether the capabilities of a backend say that it does not run a program: the only reason to skip one. */
export function isRefused(backend: Backend, program: Program): boolean {
  try {
    legalize(program, backend)
    return false
  } catch (error) {
    if (error instanceof UnsupportedOpError) return true
    throw error
  }
}

/**
 * Compares what a backend answers with what is expected, output by output.
 *
 * @param expected by the names of outputs; others are not looked at
 * @returns a sentence for each output that differs
 */
export function mismatches(
  { outputNames }: Program,
  expected: Readonly<Record<string, HostArray>>,
  found: readonly HostArray[],
  tolerance: number,
): readonly string[] {
  return Object.entries(expected).flatMap(([name, array]) => {
    const { mismatch } = compareArrays(rounded(array), found[outputNames.indexOf(name)]!, tolerance)
    return mismatch === undefined ? [] : [`${name}: ${mismatch}`]
  })
}

/** In the precision of float32 engines: what it can not hold is infinite. */
const rounded = (array: HostArray): HostArray =>
  array.dtype === 'float32' ? { ...array, data: Float32Array.from(array.data) } : array

/** The outputs of a program by name. The loss of a gradient program is no more than a sum that cancels: it is left out. */
export const named = ({ outputNames }: Program, arrays: readonly HostArray[]): Record<string, HostArray> =>
  Object.fromEntries(
    outputNames.map((name, at) => [name, arrays[at]!] as const).filter(([name]) => name !== 'loss'),
  )
