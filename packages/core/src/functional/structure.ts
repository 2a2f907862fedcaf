import { ConfigError } from '../errors.ts'
import { SymbolicTensor } from './symbolic-tensor.ts'

/** One tensor, a list, or a record of names. */
export type Structure = SymbolicTensor | readonly SymbolicTensor[] | Readonly<Record<string, SymbolicTensor>>

const isList = (structure: Structure): structure is readonly SymbolicTensor[] => Array.isArray(structure)

/** The tensors in order; those of a record in the order of its keys. */
export function flatten(structure: Structure): readonly SymbolicTensor[] {
  // What is no structure at all is left for `expectSymbolic` to refuse.
  if (structure instanceof SymbolicTensor || typeof structure !== 'object' || structure === null)
    return [structure]
  return isList(structure) ? structure : Object.values(structure)
}

/** The keys of a record; undefined for what has none. */
export function keysOf(structure: Structure): readonly string[] | undefined {
  return structure instanceof SymbolicTensor || isList(structure) ? undefined : Object.keys(structure)
}

/** Things in the form of a structure: one, a list, or a record. */
export function pack<T>(
  structure: Structure,
  items: readonly T[],
): T | readonly T[] | Readonly<Record<string, T>> {
  if (structure instanceof SymbolicTensor) return items[0]!
  if (isList(structure)) return items
  return Object.fromEntries(Object.keys(structure).map((key, at) => [key, items[at]!]))
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
