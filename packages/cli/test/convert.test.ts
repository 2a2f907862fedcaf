import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createReference } from '@fn/backend-reference'
import { main } from '@fn/cli'
import { input, layers, type Model, model } from '@fn/core'
import { loadModel, saveModel } from '@fn/keras'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'

const cwd = mkdtempSync(join(tmpdir(), 'fn-cli-'))
const home = process.cwd()
beforeAll(() => process.chdir(cwd))
afterAll(() => {
  process.chdir(home)
  rmSync(cwd, { recursive: true })
})

let stdout = ''
beforeEach(() => {
  stdout = ''
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
})

const fn = (line: string): Promise<number> => main(line.split(' '))

const words = input({ shape: [null], dtype: 'int32', name: 'words' })
const read = words.pipe(
  layers.embedding({ inputDim: 9, outputDim: 3, maskZero: true }),
  layers.lstm({ units: 4 }),
  layers.dense({ units: 2, name: 'answer' }),
)
const reader = model({ inputs: words, outputs: read }) as Model

it('goes from .keras to .h5 to tfjs-layers and back, bit for bit', async () => {
  reader.compile({ backend: createReference(), optimizer: 'adam', loss: 'mse' })
  await reader.fit([[1, 2, 0]], [[0, 1]], { verbose: 'silent' })
  await saveModel(reader, 'reader.keras')
  mkdirSync('here')
  for (const [from, to] of [
    ['reader.keras', 'reader.h5'],
    ['reader.h5', 'public/reader/model.json'],
    ['public/reader/model.json', 'here'],
    ['here/model.json', 'there/'],
    ['there/model.json', 'again.keras'],
  ]) {
    expect([to, await fn(`convert ${from} ${to} -q`)]).toEqual([to, 0])
    expect([to, await fn(`verify ${from} ${to!.replace(/^(here|there).*/, '$1/model.json')} -q`)]).toEqual([
      to,
      0,
    ])
  }
  for (const folder of ['public/reader', 'here', 'there'])
    expect(readdirSync(folder).sort()).toEqual(['group1-shard1of1.bin', 'model.json'])
  const float32 = ({ data }: { data: ArrayLike<number> }) => Float32Array.from(data)
  const again = await loadModel('again.keras', { backend: createReference() })
  expect(again.getWeights().map(float32)).toEqual(reader.getWeights().map(float32))
  expect(again.optimizer.config).toEqual(reader.optimizer.config)
})

it('says which files it wrote, and what they do not hold', async () => {
  await saveModel(reader, 'reader.keras')
  writeFileSync('old.h5', 'as it was')
  expect(await fn('convert reader.keras old.h5')).toBe(0)
  expect(stdout).toMatch(
    /^old\.h5 {2}[\d.]+ kB\nWithout the state of the optimizer, which only \.keras files keep\.\n$/,
  )
  stdout = ''
  expect(await fn('convert reader.keras web/reader.json --json')).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    files: ['web/group1-shard1of1.bin', 'web/reader.json'],
    bytes: expect.any(Number),
    compiled: true,
  })
})
