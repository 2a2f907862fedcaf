import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { expect, it, vi } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const folder = join(import.meta.dirname, '../out/readme')

it('the code at the head of README.md runs, learns and exports', async () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))!
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'readme.ts'), code!)
  const before = process.cwd()
  const log = vi.spyOn(console, 'log').mockReturnValue()
  process.chdir(folder)
  try {
    await import(join(folder, 'readme.ts'))
  } finally {
    process.chdir(before)
  }
  const [inside, outside] = log.mock.calls.at(-1)![0] as Float32Array
  expect(inside).toBeGreaterThan(0.5)
  expect(outside).toBeLessThan(0.5)
  const session = await InferenceSession.create(join(folder, 'circle.onnx'))
  expect([session.inputNames, session.outputNames]).toEqual([['point'], ['inside']])
  await session.release()
}, 60_000)
