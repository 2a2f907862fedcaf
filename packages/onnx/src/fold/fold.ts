import { type Equation, type HostArray, isConcrete, sizeOf } from '@fn/core'
import type { Emission } from '../emission.ts'
import { Known, Splat } from '../operand/known.ts'
import type { Operand } from '../operand/operand.ts'
import { evaluate } from './evaluate.ts'

/** How many elements the file may grow by, for what is worked out beforehand. */
const MOST_ADDED = 4096

/**
 * What an equation makes of weights and constants alone, worked out when the graph is written; undefined where it reads
 * something else, or where the result would be much larger than what it is made of.
 */
export function folded(
  { graph }: Emission,
  equation: Equation,
  inputs: readonly Operand[],
): Operand | undefined {
  const knowns = inputs.filter((input): input is Known => input instanceof Known)
  if (knowns.length === 0 || equation.outputs.length !== 1) return undefined
  if (!inputs.every((input) => input instanceof Known || input instanceof Splat)) return undefined
  const { shape } = equation.outputs[0]!
  const given = knowns.reduce((sum, { array }) => sum + array.data.length, 0)
  if (!isConcrete(shape) || sizeOf(shape) > given + MOST_ADDED) return undefined
  const arrays = inputs.map(arrayOf)
  if (!arrays.every((array) => array !== undefined)) return undefined
  const made = evaluate(equation, arrays)
  return made && new Known(graph.root, made, largest(knowns)?.weight)
}

function arrayOf(operand: Operand): HostArray | undefined {
  if (operand instanceof Known) return operand.array
  if (!(operand instanceof Splat) || !isConcrete(operand.shape)) return undefined
  const size = sizeOf(operand.shape)
  const data = new Float64Array(size).fill(operand.value)
  return { shape: operand.shape, dtype: operand.dtype, data }
}

/** The weight after which something made of several is named. */
function largest(knowns: readonly Known[]): Known | undefined {
  const weights = knowns.filter(({ weight }) => weight !== undefined)
  return weights.reduce<Known | undefined>(
    (best, one) => (best === undefined || one.array.data.length > best.array.data.length ? one : best),
    undefined,
  )
}
