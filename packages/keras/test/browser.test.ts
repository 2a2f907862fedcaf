import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const source = join(import.meta.dirname, '../src')
const importsOf = (file: string): readonly string[] =>
  [
    ...readFileSync(join(source, file), 'utf8').matchAll(/(?:from|import) '([^']+)'|import\('([^']+)'\)/g),
  ].map(([, from, dynamic]) => (from ?? dynamic)!)

/** A file and all that it imports, and the packages that these import. */
function reachedFrom(start: string): {
  readonly files: ReadonlySet<string>
  readonly packages: ReadonlySet<string>
} {
  const files = new Set<string>()
  const packages = new Set<string>()
  const open = [start]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue
    files.add(file)
    for (const from of importsOf(file)) {
      if (from.startsWith('./')) open.push(from.slice(2))
      else packages.add(from)
    }
  }
  return { files, packages }
}

it('what a browser gets has nothing of Node', () => {
  const { files, packages } = reachedFrom('index.browser.ts')
  expect([...packages].sort()).toEqual(['@fn/core', 'fflate', 'h5wasm'])
  expect(
    readdirSync(source)
      .filter((file) => !files.has(file))
      .sort(),
  ).toEqual(['files.node.ts', 'index.ts'])
})
