import { freeAxes } from '../program/ops/contract.ts'
import type { Equation, EquationOf, Program, Value } from '../program/types.ts'

/**
 * Engines multiply matrices: of a general product they bring the axes of the left operand into the order [batch, free,
 * contracted], and those of the right one into [batch, contracted, free]. The same products with this done, by `moved`,
 * for the operands that `which` picks.
 *
 * @param program in which the equations stand: new values get ids that it has not
 */
export function straighten(
  equations: readonly Equation[],
  which: (operand: Value) => boolean,
  program: Program,
): { readonly equations: readonly Equation[]; readonly moved: readonly Equation[] } {
  const values = [...program.inputs, ...program.equations.flatMap(({ outputs }) => outputs)]
  let nextId = 1 + Math.max(...values.map(({ id }) => id))
  const moved = new Map<string, EquationOf<'transpose'>>()
  const move = (x: Value, permutation: readonly number[], path: string): Value => {
    const key = `${x.id} ${permutation}`
    const known = moved.get(key)
    if (known !== undefined) return known.outputs[0]!
    const value: Value = Object.freeze({
      id: nextId++,
      shape: permutation.map((axis) => x.shape[axis]!),
      dtype: x.dtype,
    })
    moved.set(key, { op: 'transpose', inputs: [x], attrs: { permutation }, outputs: [value], path })
    return value
  }

  const straight = equations.map((equation): Equation => {
    if (equation.op !== 'dot') return equation
    const { attrs, inputs, path } = equation
    const sides = [0, 1].map((side) => {
      const x = inputs[side]!
      const [contract, batch] = [attrs.contract[side]!, attrs.batch[side]!]
      const free = freeAxes(x.shape.length, contract, batch)
      const order = side === 0 ? [...batch, ...free, ...contract] : [...batch, ...contract, ...free]
      if (!which(x) || order.every((axis, at) => axis === at)) return { x, contract, batch }
      const now = (axes: readonly number[]): number[] => axes.map((axis) => order.indexOf(axis))
      return { x: move(x, order, path), contract: now(contract), batch: now(batch) }
    })
    const [left, right] = [sides[0]!, sides[1]!]
    return {
      ...equation,
      inputs: [left.x, right.x],
      attrs: { contract: [left.contract, right.contract], batch: [left.batch, right.batch] },
    }
  })
  return { equations: straight, moved: [...moved.values()] }
}
