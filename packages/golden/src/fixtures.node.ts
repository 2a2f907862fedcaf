import { readFileSync } from 'node:fs'
import type { Family } from './families.ts'

/** The file of a family. */
export const textOf = (family: Family): string =>
  readFileSync(new URL(`../fixtures/${family}.json`, import.meta.url), 'utf8')
