import { ConfigError } from '../errors.ts'
import { SymbolicTensor } from './symbolic-tensor.ts'

/** One tensor, a list, or a record of names; lists and records may hold further ones. */
export type Structure = Nested<SymbolicTensor>

/** Leaves in lists and records. */
export type Nested<T> = T | readonly Nested<T>[] | { readonly [name: string]: Nested<T> }

const isList = <T>(structure: Nested<T>): structure is readonly Nested<T>[] => Array.isArray(structure)

const isRecord = (structure: unknown): structure is { readonly [name: string]: Structure } =>
  typeof structure === 'object' &&
  structure !== null &&
  !Array.isArray(structure) &&
  !(structure instanceof SymbolicTensor)

/** A leaf of a structure, and the keys and positions that lead to it. */
interface Leaf {
  readonly tensor: SymbolicTensor
  readonly path: readonly (string | number)[]
}

/** The leaves in order; those of a record in the order of its keys, or of its sorted keys. */
function leavesOf(structure: Structure, sorted: boolean, path: Leaf['path'] = []): readonly Leaf[] {
  if (isList(structure)) return structure.flatMap((entry, i) => leavesOf(entry, sorted, [...path, i]))
  if (!isRecord(structure)) return [{ tensor: structure, path }]
  const keys = sorted ? Object.keys(structure).sort() : Object.keys(structure)
  return keys.flatMap((key) => leavesOf(structure[key]!, sorted, [...path, key]))
}

/** The tensors in order; those of a record in the order of its keys. */
export const flatten = (structure: Structure): readonly SymbolicTensor[] =>
  leavesOf(structure, false).map(({ tensor }) => tensor)

/** The tensors in the order in which Keras flattens a structure: those of a record by its sorted keys. */
export const flattenSorted = (structure: Structure): readonly SymbolicTensor[] =>
  leavesOf(structure, true).map(({ tensor }) => tensor)

/**
 * The names that a structure gives its tensors: `left`, or `pair.left` and `pair.0` inside of a record. undefined where
 * there are only lists around a tensor.
 */
export const namesOf = (structure: Structure): readonly (string | undefined)[] =>
  leavesOf(structure, false).map(({ path }) => (typeof path[0] === 'string' ? path.join('.') : undefined))

/** Whether a structure is a record of names. */
export const isNamed = isRecord

/** Items in the form of a structure. */
export function pack<T>(structure: Structure, items: readonly T[]): Nested<T> {
  let next = 0
  const fill = (part: Structure): Nested<T> => {
    if (isList(part)) return part.map(fill)
    if (!isRecord(part)) return items[next++]!
    return Object.fromEntries(Object.entries(part).map(([key, entry]) => [key, fill(entry)]))
  }
  return fill(structure)
}

/** Items that come in the order of the structure, in Keras's order, by sorted keys. */
export function sorted<T>(structure: Structure, items: readonly T[]): readonly T[] {
  const order = sortedIndices(structure)
  return order === undefined ? items : order.map((i) => items[i]!)
}

/** For each place in Keras's order the place in the structure; undefined where both are the same. */
function sortedIndices(structure: Structure): readonly number[] | undefined {
  let next = 0
  const walk = (part: Structure): readonly number[] => {
    if (isList(part)) return part.flatMap(walk)
    if (!isRecord(part)) return [next++]
    const parts = Object.entries(part).map(([key, entry]) => [key, walk(entry)] as const)
    return parts.toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, indices]) => indices)
  }
  const order = walk(structure)
  return order.every((place, i) => place === i) ? undefined : order
}

/** Items that come in Keras's order, by sorted keys, in the order of the structure. */
export function unsorted<T>(structure: Structure, items: readonly T[]): readonly T[] {
  const order = sortedIndices(structure)
  if (order === undefined) return items
  const result: T[] = []
  order.forEach((place, i) => {
    result[place] = items[i]!
  })
  return result
}

/**
 * What is given for each tensor of a structure of lists and records inside others, if it comes in the same form; undefined
 * if it does not, or if the structure is flat. A key of a record may be missing: nothing is given for its tensors.
 */
export function followed(structure: Structure, given: unknown): readonly unknown[] | undefined {
  if (leavesOf(structure, false).every(({ path }) => path.length < 2)) return undefined
  const follow = (part: Structure, own: unknown): readonly unknown[] | undefined => {
    if (own === undefined) return flatten(part).map(() => undefined)
    const all = (parts: readonly (readonly unknown[] | undefined)[]): readonly unknown[] | undefined =>
      parts.includes(undefined) ? undefined : parts.flatMap((items) => items!)
    if (isList(part)) {
      if (!Array.isArray(own) || own.length !== part.length) return undefined
      return all(part.map((entry, i) => follow(entry, own[i])))
    }
    if (!isRecord(part)) return [own]
    if (!isRecord(own) || Object.keys(own).some((key) => !Object.hasOwn(part, key))) return undefined
    return all(Object.entries(part).map(([key, entry]) => follow(entry, own[key])))
  }
  return follow(structure, given)
}

/** @throws ConfigError for what is no symbolic tensor; `what` says where it came from */
export function expectSymbolic(tensors: readonly unknown[], what: string): void {
  for (const tensor of tensors) {
    if (!(tensor instanceof SymbolicTensor)) {
      const received = typeof tensor === 'object' ? (tensor?.constructor?.name ?? 'null') : typeof tensor
      throw new ConfigError(
        `${what}: expected symbolic tensors, as input() and layers give them. Received: ${received}.`,
      )
    }
  }
}
