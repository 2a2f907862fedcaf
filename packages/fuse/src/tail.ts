import { concrete, type Equation, type Program, sizeOf, type Value } from '@fn/core'
import { emitOf } from './arithmetic.ts'
import { type Splat, splitOf } from './layout.ts'

/** A program in two, of which the second runs after the first. */
export interface Parts {
  /** Its inputs: those that it reads. Its outputs: those of the program that it makes, and then, named `cut/0`, `cut/1`, …, what the tail reads of it. */
  readonly head: Program
  /** Its inputs: those of the program that it reads, and then those of its values that the head makes. */
  readonly tail: Program
}

/** Of fewer elements an equation is not worth the way. */
const LEAST = 2

/**
 * Splits off the equations at the end of a program that go over elements one by one: what an optimizer makes of
 * weights, their slopes and what it remembers of them; and the sums of the slopes of rows that they read.
 *
 * @returns undefined where there are none, or nothing before them
 */
export function splitTail(program: Program, splat: Splat): Parts | undefined {
  const isOutput = idsOf(program.outputs)
  const readers = new Map<number, Equation[]>()
  for (const equation of program.equations) {
    for (const { id } of equation.inputs) readers.set(id, [...(readers.get(id) ?? []), equation])
  }
  const isPass = (equation: Equation): boolean =>
    emitOf(equation) !== undefined &&
    splitOf([equation], concrete(equation.outputs[0]!.shape), splat) !== undefined
  const last = new Set<Equation>()
  for (const equation of program.equations.toReversed()) {
    const [y] = equation.outputs
    if (!isLarge(y!) || y!.dtype !== 'float32') continue
    if (
      equation.op === 'scatterAdd' ? isOutput.has(y!.id) || !isLarge(equation.inputs[1]!) : !isPass(equation)
    )
      continue
    const own = readers.get(y!.id) ?? []
    if ((own.length > 0 || isOutput.has(y!.id)) && own.every((reader) => last.has(reader))) last.add(equation)
  }
  if (last.size === 0) return undefined

  const before = program.equations.filter((equation) => !last.has(equation))
  const after = program.equations.filter((equation) => last.has(equation))
  const madeBefore = idsOf(before.flatMap(({ outputs }) => outputs))
  const madeAfter = idsOf(after.flatMap(({ outputs }) => outputs))
  const read = new Map(after.flatMap(({ inputs }) => inputs).map((value) => [value.id, value] as const))
  const readBefore = idsOf(before.flatMap(({ inputs }) => inputs))
  const cut = [...read.values()].filter(({ id }) => madeBefore.has(id))
  const computed = cut.filter((value) => splat(value) === undefined)
  const named = program.outputs.map((value, at) => [program.outputNames[at]!, value] as const)
  const [early, late] = [
    named.filter(([, { id }]) => !madeAfter.has(id)),
    named.filter(([, { id }]) => madeAfter.has(id)),
  ]
  const heads = [...early, ...computed.map((value, at) => [`cut/${at}`, value] as const)]
  if (heads.length === 0) return undefined
  const given = program.inputs.filter(({ id }) => read.has(id))
  return {
    head: {
      ...program,
      inputs: program.inputs.filter(({ id }) => readBefore.has(id) || isOutput.has(id)),
      equations: before,
      outputs: heads.map(([, value]) => value),
      outputNames: heads.map(([name]) => name),
    },
    tail: {
      ...program,
      inputs: [...given, ...computed.map((value, at) => ({ ...value, name: `cut/${at}` }))],
      equations: after,
      outputs: late.map(([, value]) => value),
      outputNames: late.map(([name]) => name),
    },
  }
}

const isLarge = ({ shape }: Value): boolean => sizeOf(concrete(shape)) >= LEAST

const idsOf = (values: readonly Value[]): ReadonlySet<number> => new Set(values.map(({ id }) => id))
