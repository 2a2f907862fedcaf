import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { MarkdownProgram } from './markdown.ts'

const file = join(import.meta.dirname, '../../../README.md')
const folder = join(import.meta.dirname, '../out/readme')

it('the code at the head of README.md runs, learns and exports', async () => {
  const program = new MarkdownProgram(file, folder)
  expect(await program.typeErrors()).toEqual([])
  const { faults, printed } = await program.run()
  expect(faults).toEqual([])
  const [, inside, outside] = /\[ (\S+), (\S+) \]$/.exec(printed[0]!)!
  expect(Number(inside)).toBeGreaterThan(0.5)
  expect(Number(outside)).toBeLessThan(0.5)
  const session = await InferenceSession.create(join(folder, 'circle.onnx'))
  expect([session.inputNames, session.outputNames]).toEqual([['point'], ['inside']])
  await session.release()
}, 60_000)
