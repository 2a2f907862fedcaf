import { evaluate, type Tensor } from '@fn/backend-reference'
import { type HostArray, inline, type Program, print, prune, simplify, unroll, type Value } from '@fn/core'
import { named } from '../run-on.ts'
import type { DrawnProgram } from './random-program.ts'

/**
 * What is left of a program that fails when all is gone without which it fails too: all outputs but one, and the
 * equations before the one that is wrong, whose values become inputs. Loops come undone, and give away what needs no loop.
 */
export async function reduced(
  drawn: DrawnProgram,
  fails: (candidate: DrawnProgram) => Promise<boolean>,
): Promise<DrawnProgram> {
  for (const candidate of simpler(drawn)) {
    if (await fails(candidate)) return reduced(candidate, fails)
  }
  return drawn
}

function* simpler({ program, inputs }: DrawnProgram): Iterable<DrawnProgram> {
  const tensors = inputs as readonly Tensor[]
  if (program.outputs.length > 1) {
    for (const [at, output] of program.outputs.entries())
      yield drawnOf({ ...program, outputs: [output], outputNames: [program.outputNames[at]!] }, tensors)
  }
  for (const [at, { outputs }] of program.equations.entries()) {
    const cut = outputs.map((value, which): Value => ({ ...value, name: `cut${at}:${which}` }))
    const values = evaluate({ ...program, outputs, outputNames: outputs.map(({ id }) => `${id}`) }, tensors)
    const rest = program.equations.filter((_, other) => other !== at)
    const candidate = { ...program, inputs: [...program.inputs, ...cut], equations: rest }
    yield drawnOf(candidate, [...tensors, ...values.map(rounded)])
  }
  if (!program.equations.some(({ op }) => op === 'scan' || op === 'call')) return
  yield drawnOf(unroll(inline(program)), tensors)
  const simple = simplify(program)
  if (print(simple) !== print(program)) yield drawnOf(simple, tensors)
}

/** A program without what its outputs do not need, on inputs that float32 holds. */
function drawnOf(whole: Program, tensors: readonly Tensor[]): DrawnProgram {
  const slim = prune(whole)
  const needed = new Set(
    [...slim.equations.flatMap(({ inputs }) => inputs), ...slim.outputs].map(({ id }) => id),
  )
  const isNeeded = slim.inputs.map(({ id }) => needed.has(id))
  const program = { ...slim, inputs: slim.inputs.filter((_, at) => isNeeded[at]) }
  const inputs = tensors.filter((_, at) => isNeeded[at])
  return { program, inputs, expected: named(program, evaluate(program, inputs) as readonly HostArray[]) }
}

const rounded = (tensor: Tensor): Tensor =>
  tensor.dtype === 'float32' ? { ...tensor, data: Float64Array.from(tensor.data, Math.fround) } : tensor
