import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '@fn/cli'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'fn-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

// tfjs-layers 4.22 saved the model and gave the answers.
const saved = join(import.meta.dirname, 'models/tfjs')

it('exports what tfjs-layers saved, and the file answers as tfjs-layers does', async () => {
  const file = join(folder, 'digits.onnx')
  expect(await main(['export', join(saved, 'model.json'), '-o', file, '-q'])).toBe(0)
  const { x, y } = JSON.parse(readFileSync(join(saved, 'answers.json'), 'utf8'))
  const session = await InferenceSession.create(file)
  const image = new Tensor('float32', Float32Array.from(x.flat(3)), [2, 5, 5, 1])
  const { digit } = await session.run({ [session.inputNames[0]!]: image })
  const answers = y.flat() as number[]
  answers.forEach((answer, at) => {
    expect(digit!.data[at]).toBeCloseTo(answer, 6)
  })
})
