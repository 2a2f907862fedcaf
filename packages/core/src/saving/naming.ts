import { ConfigError } from '../errors.ts'

/** poolSize → pool_size, MaxPooling2D → max_pooling2d: the names that Keras writes to disk. */
export function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** pool_size → poolSize, BinaryCrossentropy → binaryCrossentropy: the names that fn uses. */
export function camelCase(name: string): string {
  const joined = name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return joined.charAt(0).toLowerCase() + joined.slice(1)
}

/**
 * The entry of a table by its name, in fn's spelling or in that of Keras.
 *
 * @throws ConfigError with the names that there are, the nearest first
 */
export function lookUp<T>(kind: string, name: string, table: Readonly<Record<string, T>>): T {
  const key = canonical(name)
  const names = Object.keys(table)
  // Keras has names that differ in their capitals alone: Accuracy and accuracy.
  const match =
    names.find((candidate) => candidate === name) ?? names.find((candidate) => canonical(candidate) === key)
  if (match !== undefined) return table[match]!
  const nearest = nearestName(name, names)
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  throw new ConfigError(`Unknown ${kind} "${name}".${hint} Expected one of: ${names.join(', ')}.`)
}

/** The name that is spelled most like another one; undefined where none is near. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const nearest = names
    .map((candidate) => ({ candidate, distance: editDistance(canonical(name), canonical(candidate)) }))
    .sort((a, b) => a.distance - b.distance)[0]
  return nearest !== undefined && nearest.distance <= 3 ? nearest.candidate : undefined
}

const canonical = (name: string): string => name.replaceAll('_', '').toLowerCase()

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
