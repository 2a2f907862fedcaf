import { concrete, type Equation, type Program, sizeOf } from '@fn/core'
import { emitOf, isCostly } from './arithmetic.ts'
import { elementsOf, type Splat, splitOf } from './layout.ts'

/** Equations over the same elements that are computed together, in one pass. */
export interface Group {
  /** In an order in which they can be computed. */
  readonly equations: readonly Equation[]
}

export const isGroup = (piece: Equation | Group): piece is Group => 'equations' in piece

/** So many equations keep the compiler of the engine busy long enough. */
const MOST = 100

/**
 * The equations of a program in an order in which they can be run, those that go over the same elements together, if
 * one reads what the other makes or both read the same.
 */
export function group(program: Program, splat: Splat): readonly (Equation | Group)[] {
  const { equations } = program
  const maker = new Map(equations.flatMap(({ outputs }, at) => outputs.map(({ id }) => [id, at] as const)))
  const sources = equations.map(({ inputs }) =>
    inputs.flatMap(({ id }) => (maker.has(id) ? [maker.get(id)!] : [])),
  )
  /** For each equation those that it is run with, ascending. */
  const peers: (readonly number[])[] = equations.map((_, at) => [at])

  /** Whether one of the members waits for something outside that waits for another. */
  const goesRound = (members: readonly number[]): boolean => {
    const own = new Set(members)
    const before = new Set(members.flatMap((at) => sources[at]!).filter((at) => !own.has(at)))
    // What is added on the way is gone through too.
    for (const at of before) {
      for (const from of peers[at]!.flatMap((peer) => sources[peer]!)) {
        if (own.has(from)) return true
        before.add(from)
      }
    }
    return false
  }

  const known = new Map<string, (readonly number[])[]>()
  equations.forEach((equation, at) => {
    const shape = elementsOf(equation)
    if (shape === undefined) return
    const alike = known.get(shape.join()) ?? []
    const near = alike.filter((members) => members.some((peer) => isNear(equations[peer]!, equation)))
    const join = (groups: readonly (readonly number[])[]): boolean => {
      const members = [...groups.flat(), at].sort((a, b) => a - b)
      const together = members.map((member) => equations[member]!)
      if (members.length > MOST || splitOf(together, shape, splat) === undefined || goesRound(members))
        return false
      known.set(shape.join(), [...alike.filter((members_) => !groups.includes(members_)), members])
      for (const member of members) peers[member] = members
      return true
    }
    // With all that are near; else with the last of these that it goes with; else alone.
    const ways = [near, ...near.toReversed().map((one) => [one]), []]
    ways.some(join)
  })

  const pieces: (Equation | Group)[] = []
  const done = new Set<number>()
  const visit = (at: number): void => {
    if (done.has(at)) return
    const members = peers[at]!
    for (const member of members) done.add(member)
    for (const member of members) sources[member]!.forEach(visit)
    const together = members.map((member) => equations[member]!)
    pieces.push(...(isWorthwhile(together) ? [{ equations: together }] : together))
  }
  sources.forEach((_, at) => {
    visit(at)
  })
  return pieces
}

/** Whether one reads what the other makes, or both read as many elements of the same as they make. */
const isNear = (a: Equation, b: Equation): boolean => {
  const size = sizeOf(elementsOf(b)!)
  const shared = [...a.outputs, ...a.inputs.filter(({ shape }) => sizeOf(concrete(shape)) >= size)]
  return shared.some(({ id }) => b.inputs.some((input) => input.id === id))
}

/** Whether one pass saves others, or takes less time than the kernel would. */
function isWorthwhile(equations: readonly Equation[]): boolean {
  const arithmetic = equations.filter((equation) => elementsOf(equation) && emitOf(equation))
  return arithmetic.length > 1 || arithmetic.some(isCostly)
}
