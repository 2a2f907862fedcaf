import type { Equation } from '@fn/core'
import type { Emission } from '../emission.ts'
import type { Operand } from '../operand/operand.ts'

/** What is added to a product, a number for each of its channels. */
export interface Bias {
  readonly operand: Operand
  readonly sum: Equation
}

/**
 * The bias of a product, which its node can add: where nothing but a sum reads the product, and the bias is there
 * before it.
 */
export function biasOf(emission: Emission, { outputs: [product] }: Equation): Bias | undefined {
  const { id, shape } = product!
  const sum = emission.soleReader(product!)
  if (sum?.op !== 'add' || sum.outputs[0]!.shape.length !== shape.length) return undefined
  const other = sum.inputs.find((input) => input.id !== id)!
  const operand = emission.operands.get(other.id)
  const fits = operand?.rank === 1 && operand.shape[0] === shape.at(-1)
  return fits ? { operand, sum } : undefined
}
