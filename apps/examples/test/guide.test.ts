import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MarkdownProgram } from './markdown.ts'

describe('the code of docs/guide.md', () => {
  const file = join(import.meta.dirname, '../../../docs/guide.md')
  const guide = new MarkdownProgram(file, join(import.meta.dirname, '../out/guide'))

  it('compiles', async () => {
    expect(await guide.typeErrors()).toEqual([])
  }, 60_000)

  it('runs, and prints what the guide says', async () => {
    expect((await guide.run()).faults).toEqual([])
  }, 60_000)
})
