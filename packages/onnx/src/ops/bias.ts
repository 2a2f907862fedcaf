import type { Equation } from '@fn/core'
import type { Emission } from '../emission.ts'
import type { Tensor } from '../graph/types.ts'
import { Known } from '../operand/known.ts'
import { Computed, type Operand } from '../operand/operand.ts'

/**
 * conv(x) + b as one node, where b has a number for each filter, is there before the convolution, and nothing else
 * reads conv(x); else undefined.
 */
export function withBias(
  emission: Emission,
  operands: readonly Operand[],
  equation: Equation,
): readonly Operand[] | undefined {
  for (const [product, bias, at] of [
    [operands[0]!, operands[1]!, 0],
    [operands[1]!, operands[0]!, 1],
  ] as const) {
    const node = emission.convolutions.get(product)
    if (node === undefined || bias.rank !== 1 || bias.shape[0] !== product.shape.at(-1)) continue
    if (!emission.isLastReader(equation, at)) continue
    const tensor = tensorFromTheStart(bias)
    if (tensor === undefined) continue
    node.inputs.push(tensor)
    emission.convolutions.delete(product)
    return [product]
  }
  return undefined
}

/** The tensor of a weight or of an input of the graph; what a node computes may come too late for an earlier node. */
function tensorFromTheStart(operand: Operand): Tensor | undefined {
  if (operand instanceof Known) return operand.tensor
  return operand instanceof Computed && operand.tensor.origin === 'input' ? operand.tensor : undefined
}
