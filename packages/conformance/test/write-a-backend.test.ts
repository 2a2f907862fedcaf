import { join } from 'node:path'
import { createReference } from '@fn/backend-reference'
import type { Backend } from '@fn/core'
import { describe, expect, it, vi } from 'vitest'
import { type KnownFailure, suite } from '../src/index.ts'
import { Page } from './support/page.ts'

const page = new Page('docs/write-a-backend.md', join(import.meta.dirname, '../out/write-a-backend'))
const { toy } = (await page.import('toy.ts')) as { toy: () => Backend }

describe('docs/write-a-backend.md', () => {
  it('is made of files that compile', async () => {
    expect(page.nameless).toEqual([])
    expect(await page.typeErrors()).toBe('')
  }, 60_000)

  it('shows a whole backend in under 200 lines, which claims what it says', () => {
    expect(page.files.get('toy.ts')!.code.trimEnd().split('\n').length).toBeLessThan(200)
    const { ops, composites } = toy().capabilities
    expect(page.text).toContain(`\n${ops.size} of some fifty ops.`)
    expect(ops.has('scan') || composites.size > 0).toBe(false)
  })

  it.each(['train.ts', 'limits.ts'])('prints what it says: %s', async (name) => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    await page.import(name)
    expect(`${log.mock.calls.map((data) => data.join(' ')).join('\n')}\n`).toBe(page.files.get(name)!.prints)
  })

  it('runs a part of the suite with node:test, and prints the errors', async () => {
    const { code, stdout } = await page.run('toy.judge.ts')
    expect(stdout).toMatch(/^# fail 0$/m)
    expect(code).toBe(0)
    const [, passed] = /^# pass (\d+)$/m.exec(stdout)!
    expect(Number(passed)).toBeGreaterThan(150)
    expect(stdout).toMatch(/│ exp +│ \d/)
  }, 120_000)

  it('names a known failure that could be one', async () => {
    const { knownFailures } = (await page.import('known-failures.ts')) as { knownFailures: KnownFailure[] }
    const names = suite(createReference(), { parts: ['operations'] }).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(knownFailures.map(({ check }) => check)))
  })

  describe('its backend passes the suite', async () => {
    await page.import('toy.test.ts')
  })
})
