import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const program = join(import.meta.dirname, 'support/train-in-worker.ts')
const tsx = join(import.meta.dirname, '../../../node_modules/tsx/dist/cli.mjs')

it.each([
  ['node --import tsx', ['--import', 'tsx', '--conditions=@fn/source', program]],
  ['tsx', [tsx, '--conditions=@fn/source', program]],
])('a worker starts from TypeScript source under %s', { timeout: 30_000 }, (_, args) => {
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 25_000 })
  expect(stderr).toBe('')
  // (2² + 4²) / 2
  expect(Number(stdout)).toBe(10)
})
