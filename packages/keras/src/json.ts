import { KerasFileError } from './errors.ts'

/** Keys by which a parsed object would change what all objects are. */
const POLLUTING: readonly string[] = ['__proto__', 'constructor', 'prototype']
/** A thousand models inside each other. */
const DEEPEST = 4096

/** Python writes Infinity and -Infinity as they are: larger than any number is what they are in JSON. */
function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const replaced = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity/g, (token) =>
      token.startsWith('"') ? token : token.replace('Infinity', '1e999'),
    )
    if (replaced === text) throw error
    return JSON.parse(replaced)
  }
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
