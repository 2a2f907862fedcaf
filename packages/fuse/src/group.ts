import { concrete, type Equation, type Label, labelOf, type Program, sameShape, sizeOf } from '@fn/core'
import { emitOf, isCostly } from './arithmetic.ts'
import { elementsOf, type Splat, splitOf } from './layout.ts'

/** Equations over the same elements that are computed together, in one pass. */
export interface Group {
  /** In an order in which they can be computed. */
  readonly equations: readonly Equation[]
}

export const isGroup = (piece: Equation | Group): piece is Group => 'equations' in piece

/**
 * What the time of a group counts for: the layer that most of its equations are of.
 *
 * @param around the path of the loop in whose body it stands
 */
export function labelOfGroup({ equations }: Group, around?: string): Label {
  if (equations.length === 1) return labelOf(equations[0]!, around)
  const counts = new Map<string, number>()
  for (const equation of equations) {
    const { path } = labelOf(equation, around)
    counts.set(path, (counts.get(path) ?? 0) + 1)
  }
  const [[path]] = [...counts].sort(([, a], [, b]) => b - a) as [[string, number]]
  return { path, op: 'pass' }
}

/** More equations are not put into one function, which has to be compiled. */
const MOST = 100

/** Places of equations that are run together, ascending. */
type Places = readonly number[]

/**
 * The equations of a program in an order in which they can be run, those that go over the same elements together, if
 * one reads what the other makes or both read the same.
 */
export function group(program: Program, splat: Splat): readonly (Equation | Group)[] {
  const { equations } = program
  const shapes = equations.map(elementsOf)
  const maker = new Map(equations.flatMap(({ outputs }, at) => outputs.map(({ id }) => [id, at] as const)))
  const sources = equations.map(({ inputs }) =>
    inputs.flatMap(({ id }) => (maker.has(id) ? [maker.get(id)!] : [])),
  )
  const togetherWith: Places[] = equations.map((_, at) => [at])

  /** Whether one of the members waits for something outside that waits for another. */
  const goesRound = (members: Places): boolean => {
    const own = new Set(members)
    const outside = members.flatMap((at) => sources[at]!).filter((at) => !own.has(at))
    const before = new Set(outside.map((at) => togetherWith[at]!))
    // What is added on the way is gone through too.
    for (const places of before) {
      for (const at of places) {
        for (const from of sources[at]!) {
          if (own.has(from)) return true
          before.add(togetherWith[from]!)
        }
      }
    }
    return false
  }

  const readers = new Map<number, number[]>()
  /** What an equation reads the outputs of, or shares as many elements with as it makes. */
  const near = (at: number, shape: readonly number[]): readonly Places[] => {
    const sharing = equations[at]!.inputs.filter(
      (value) => sizeOf(concrete(value.shape)) >= sizeOf(shape),
    ).flatMap(({ id }) => readers.get(id) ?? [])
    const alike = [...sources[at]!, ...sharing].filter(
      (other) => shapes[other] !== undefined && sameShape(shapes[other]!, shape),
    )
    return [...new Set(alike.map((other) => togetherWith[other]!))]
  }
  shapes.forEach((shape, at) => {
    if (shape === undefined) return
    const join = (groups: readonly Places[]): boolean => {
      const members = [...groups.flat(), at].sort((a, b) => a - b)
      if (members.length > MOST) return false
      const together = members.map((member) => equations[member]!)
      if (splitOf(together, shape, splat) === undefined || goesRound(members)) return false
      for (const member of members) togetherWith[member] = members
      return true
    }
    // With all that are near; else with one of these; else alone.
    const groups = near(at, shape)
    const isJoined = groups.length > 0 && [groups, ...groups.map((one) => [one])].some(join)
    if (!isJoined && splitOf([equations[at]!], shape, splat) === undefined) shapes[at] = undefined
    for (const { id } of equations[at]!.inputs) readers.set(id, [...(readers.get(id) ?? []), at])
  })

  const pieces: (Equation | Group)[] = []
  const done = new Set<number>()
  const visit = (at: number): void => {
    if (done.has(at)) return
    const members = togetherWith[at]!
    for (const member of members) done.add(member)
    for (const member of members) sources[member]!.forEach(visit)
    const together = members.map((member) => equations[member]!)
    pieces.push(...(isWorthwhile(members) ? [{ equations: together }] : together))
  }
  /** Whether one pass saves others, or takes less time than the kernel would. */
  const isWorthwhile = (members: Places): boolean => {
    const arithmetic = members.filter((at) => shapes[at] !== undefined && emitOf(equations[at]!))
    return arithmetic.length > 1 || arithmetic.some((at) => isCostly(equations[at]!))
  }
  sources.forEach((_, at) => {
    visit(at)
  })
  return pieces
}
