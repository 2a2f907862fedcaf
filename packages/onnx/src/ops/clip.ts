import type { Equation } from '@fn/core'
import type { Emission } from '../emission.ts'
import { Splat } from '../operand/known.ts'
import type { Operand } from '../operand/operand.ts'

/** min(max(x, low), high) as one node, where nothing else reads the maximum; else undefined. */
export function clipped(
  emission: Emission,
  inputs: readonly Operand[],
  equation: Equation,
): readonly Operand[] | undefined {
  const low = inputs.find((input): input is Splat => input instanceof Splat)
  const x = inputs.find((input) => input !== low)
  const high = low && ceilingOf(emission, equation)
  if (high === undefined || x!.rank !== equation.outputs[0]!.shape.length) return undefined
  return clip(emission, x!, low!.value, high, equation)
}

/** min(max(x, 0), high) of a relu; else undefined. */
export function clippedRelu(
  emission: Emission,
  [x]: readonly Operand[],
  equation: Equation,
): readonly Operand[] | undefined {
  const high = ceilingOf(emission, equation)
  return high && clip(emission, x!, 0, high, equation)
}

interface Ceiling {
  readonly value: number
  readonly minimum: Equation
}

/** The number that bounds what an equation gives. */
function ceilingOf(emission: Emission, { outputs: [y] }: Equation): Ceiling | undefined {
  const minimum = emission.soleReader(y!)
  if (minimum?.op !== 'min' || minimum.outputs[0]!.shape.length !== y!.shape.length) return undefined
  const other = minimum.inputs.find(({ id }) => id !== y!.id)!
  const bound = emission.originOf(other)
  return bound?.op === 'constant' && bound.attrs.data.length === 1
    ? { value: bound.attrs.data[0]!, minimum }
    : undefined
}

function clip(
  emission: Emission,
  x: Operand,
  low: number,
  { value: high, minimum }: Ceiling,
  equation: Equation,
): readonly Operand[] {
  const { graph } = emission
  const { dtype } = equation.outputs[0]!
  const results = emission.elementwise(equation, [x], ([tensor], shape) =>
    graph.one('Clip', [tensor!, graph.scalar(low, dtype), graph.scalar(high, dtype)], { shape, dtype }),
  )
  return emission.together(minimum, results)
}
