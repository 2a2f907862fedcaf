import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MarkdownProgram } from './markdown.ts'

const folder = join(import.meta.dirname, '../out/markdown')

/** A page with these lines. */
function page(...lines: readonly string[]): MarkdownProgram {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'page.md')
  writeFileSync(file, lines.join('\n'))
  return new MarkdownProgram(file, folder)
}

describe('the blocks of a Markdown file', () => {
  it('are one module, and print what is stated', async () => {
    const program = page(
      '# A page',
      '```ts',
      "import { input } from '@fn/core'",
      'const x = input({ shape: [2] })',
      '```',
      '```sh',
      'exit 1',
      '```',
      '```ts',
      'console.log(x.shape) // → [ null, 2 ]',
      "console.log('a long', 'line')",
      '// → a long',
      '//   line',
      "console.log('seconds:', 0.25)",
      '```',
      'prints',
      '```text',
      'seconds: …',
      '```',
    )
    expect(await program.typeErrors()).toEqual([])
    expect(await program.run()).toEqual({
      faults: [],
      printed: ['', '[ null, 2 ]\na long line\nseconds: 0.25'],
    })
  }, 60_000)

  it('are named by their lines where something is wrong', async () => {
    const page1 = page('```ts', 'const one: string = 1', 'console.log(one, two) // → 2', '```')
    expect(await page1.typeErrors()).toEqual([
      "apps/examples/out/markdown/page.md:2: error TS2322: Type 'number' is not assignable to type 'string'.",
      "apps/examples/out/markdown/page.md:3: error TS2304: Cannot find name 'two'.",
    ])
    const { faults } = await page1.run()
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(
      /^apps\/examples\/out\/markdown\/page\.md:3: .*ReferenceError: two is not defined/s,
    )

    const page2 = page(
      '```ts',
      'console.log(1) // → 2',
      '```',
      '```ts',
      'console.log(1 + 1)',
      '```',
      '```text',
      '1',
      '```',
    )
    expect((await page2.run()).faults).toEqual([
      'apps/examples/out/markdown/page.md:2: expected "2". Received: "1".',
      'apps/examples/out/markdown/page.md:8: expected "1". Received: "2".',
    ])
    const page3 = page('```ts', 'console.log(1) // → 1', 'console.log(2)', '```')
    expect((await page3.run()).faults).toEqual([
      'apps/examples/out/markdown/page.md:1: printed more than is stated: "2".',
    ])
  }, 60_000)
})
