import { KerasFileError } from './errors.ts'

/** Keys by which a parsed object would change what all objects are. */
const POLLUTING: readonly string[] = ['__proto__', 'constructor', 'prototype']
/** A thousand models inside each other. */
const DEEPEST = 4096

/** Stands for a number that JSON lacks, while it is read or written. */
const MARK = '\u0000'

/** Python writes NaN, Infinity and -Infinity as they are, which is not JSON. */
function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const replaced = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) =>
      token.startsWith('"') ? token : `"\\u0000${token}"`,
    )
    if (replaced === text) throw error
    return JSON.parse(replaced, (_key, value) =>
      typeof value === 'string' && value.startsWith(MARK) ? Number(value.slice(1)) : value,
    )
  }
}

/** JSON with NaN, Infinity and -Infinity as Python writes and reads them, where JSON.stringify has null. */
export function jsonText(value: unknown): string {
  let isJson = true
  const text = JSON.stringify(value, (_key, entry) => {
    if (typeof entry !== 'number' || Number.isFinite(entry)) return entry
    isJson = false
    return `${MARK}${entry}`
  })
  return isJson ? text : text.replace(/"\\u0000(-?Infinity|NaN)"/g, '$1')
}

/**
 * JSON from a file.
 *
 * @throws KerasFileError for what is no JSON, for keys that pollute prototypes, and for nesting beyond measure
 */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  let parsed: unknown
  try {
    parsed = parseText(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new KerasFileError(`${what}: expected JSON. ${String(error)}`)
  }
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: parsed, depth: 0 }]
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { value, depth } = top
    if (typeof value !== 'object' || value === null) continue
    if (depth > DEEPEST)
      throw new KerasFileError(`${what}: expected at most ${DEEPEST} levels. Received more.`)
    for (const key of Object.keys(value)) {
      if (POLLUTING.includes(key))
        throw new KerasFileError(`${what}: the key ${JSON.stringify(key)} is refused.`)
      open.push({ value: (value as Readonly<Record<string, unknown>>)[key], depth: depth + 1 })
    }
  }
  return parsed
}
