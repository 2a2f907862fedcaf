import { type Family, families } from './families.ts'

async function fetched(family: Family): Promise<readonly [Family, string]> {
  const response = await fetch(new URL(`../fixtures/${family}.json`, import.meta.url))
  if (!response.ok) throw new Error(`Expected the fixtures at ${response.url}. Received: ${response.status}.`)
  return [family, await response.text()]
}

const texts = new Map(await Promise.all(families.map(fetched)))

/** The file of a family. */
export const textOf = (family: Family): string => texts.get(family)!
