import {
  concrete,
  type Equation,
  type EquationOf,
  type Program,
  sameShape,
  sizeOf,
  type Value,
} from '@fn/core'
import { emitOf } from './arithmetic.ts'

/** The number that fills a value, if it is a constant of one number: it stands in the code. */
export type Splat = (value: Value) => number | undefined

/** The constants of one number of a program. */
export function splatsOf({ equations }: Program): Splat {
  const splats = new Map<number, number>()
  for (const { op, attrs, outputs } of equations) {
    if (op === 'constant' && attrs.data.length === 1) splats.set(outputs[0]!.id, attrs.data[0]!)
  }
  return ({ id }) => splats.get(id)
}

/** The shape of the elements that an equation goes over, if it can be computed together with others. */
export function elementsOf(equation: Equation): readonly number[] | undefined {
  const { op, inputs, outputs } = equation
  if (inputs.length === 0 || !fits(equation)) return undefined
  const shape = concrete(op === 'concat' ? inputs[0]!.shape : outputs[0]!.shape)
  return sizeOf(shape) > 0 ? shape : undefined
}

function fits(equation: Equation): boolean {
  const isFloat = equation.outputs[0]?.dtype === 'float32'
  if (equation.op === 'slice') return isFloat && cutsColumns(equation)
  if (equation.op === 'concat') return isFloat && joinsColumns(equation)
  return emitOf(equation) !== undefined
}

/** Whether a slice cuts the last axis alone. */
function cutsColumns({ inputs: [x], attrs: { strides }, outputs: [y] }: EquationOf<'slice'>): boolean {
  const last = y!.shape.length - 1
  const isWhole = y!.shape.every((dim, axis) => axis === last || dim === x!.shape[axis])
  return last >= 0 && isWhole && strides.every((stride) => stride === 1)
}

/** Whether a concatenation puts equal shapes side by side along the last axis. */
const joinsColumns = ({ inputs, attrs: { axis } }: EquationOf<'concat'>): boolean =>
  axis === inputs[0]!.shape.length - 1 && inputs.every(({ shape }) => sameShape(shape, inputs[0]!.shape))

const idsOf = (values: readonly Value[]): ReadonlySet<number> => new Set(values.map(({ id }) => id))

/** What equations read that none of them makes; not the numbers that stand in the code. */
export function operandsOf(equations: readonly Equation[], splat: Splat): readonly Value[] {
  const made = idsOf(equations.flatMap(({ outputs }) => outputs))
  const read = equations.flatMap(({ inputs }) => inputs)
  const outside = read.filter((value) => !made.has(value.id) && splat(value) === undefined)
  return [...new Map(outside.map((value) => [value.id, value])).values()]
}

/** The shape of a value with as many axes as it broadcasts to. */
export const aligned = ({ shape }: Value, rank: number): readonly number[] => [
  ...new Array<number>(rank - shape.length).fill(1),
  ...concrete(shape),
]

/**
 * The axis from which on the elements of equations make rows, so that in each row an operand is whole, or one number;
 * and its rows are those of the elements, or one for all. Undefined if there is none.
 */
export function splitOf(
  equations: readonly Equation[],
  shape: readonly number[],
  splat: Splat,
): number | undefined {
  const slices = equations.filter(({ op }) => op === 'slice')
  const others = equations.filter(({ op }) => op !== 'slice')
  const joins = equations.filter(({ op }) => op === 'concat')
  // What a slice reads, and what a concatenation makes, has its elements in other places than all else.
  const sliced = idsOf(slices.flatMap(({ inputs }) => inputs))
  const joined = idsOf(joins.flatMap(({ outputs }) => outputs))
  const usual = [...others.flatMap(({ inputs }) => inputs), ...equations.flatMap(({ outputs }) => outputs)]
  if (usual.some(({ id }) => sliced.has(id))) return undefined
  if (others.some(({ inputs }) => inputs.some(({ id }) => joined.has(id)))) return undefined

  const operands = operandsOf(equations, splat)
    .filter(({ id }) => !sliced.has(id))
    .map((value) => aligned(value, shape.length))
  const isEven = (part: readonly number[], whole: readonly number[]): boolean =>
    sameShape(part, whole) || sizeOf(part) === 1
  const last = Math.max(shape.length - 1, 0)
  for (let split = slices.length + joins.length > 0 ? last : 0; split <= last; split++) {
    const fitting = operands.every(
      (operand) =>
        isEven(operand.slice(0, split), shape.slice(0, split)) &&
        isEven(operand.slice(split), shape.slice(split)),
    )
    if (fitting) return split
  }
  return undefined
}
