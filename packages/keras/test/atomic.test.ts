import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadModel, saveModel } from '@fn/keras'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { line } from './support/models.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fn-atomic-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const kinds = ['model.keras', 'model.h5', 'model.json']

it.each(kinds)('%s: a link stays a link, and the mode stays', async (name) => {
  const real = join(folder, 'real')
  mkdirSync(real)
  const [path, target] = [join(folder, name), join(real, name)]
  await saveModel(line(), target)
  chmodSync(target, 0o640)
  symlinkSync(join('real', name), path)
  const model = line()
  await saveModel(model, path)
  expect(lstatSync(path).isSymbolicLink()).toBe(true)
  expect(statSync(target).mode & 0o777).toBe(0o640)
  expect((await loadModel(path)).getWeights()).toEqual(model.getWeights())
  expect((await loadModel(target)).getWeights()).toEqual(model.getWeights())
})

it('a json refers to its own weights until it is replaced, and then those are removed', async () => {
  const path = join(folder, 'model.json')
  const [first, second] = [line(), line()]
  await saveModel(first, path)
  const old = readFileSync(path)
  const weights = readdirSync(folder).filter((name) => name.endsWith('.bin'))
  expect(weights).toHaveLength(1)
  const kept = readFileSync(join(folder, weights[0]!))
  await saveModel(second, path)
  expect(readdirSync(folder)).toHaveLength(2)
  expect(readdirSync(folder)).not.toContain(weights[0])
  // A save that ends before the rename of the json: the new weights are there, the old json too.
  writeFileSync(path, old)
  writeFileSync(join(folder, weights[0]!), kept)
  expect((await loadModel(path)).getWeights()).toEqual(first.getWeights())
})

it('two models in a folder keep their weights', async () => {
  const [a, b] = [line(), line()]
  await saveModel(a, join(folder, 'a.json'))
  await saveModel(b, join(folder, 'b.json'))
  await saveModel(b, join(folder, 'a.json'))
  await saveModel(a, join(folder, 'b.json'))
  expect((await loadModel(join(folder, 'a.json'))).getWeights()).toEqual(b.getWeights())
  expect((await loadModel(join(folder, 'b.json'))).getWeights()).toEqual(a.getWeights())
})

it.each(kinds)('%s: saves at once end with one of them whole', async (name) => {
  const path = join(folder, name)
  const models = Array.from({ length: 6 }, line)
  await Promise.all(models.map((model) => saveModel(model, path)))
  const loaded = JSON.stringify((await loadModel(path)).getWeights())
  expect(models.map((model) => JSON.stringify(model.getWeights()))).toContain(loaded)
  expect(readdirSync(folder)).toHaveLength(name.endsWith('.json') ? 2 : 1)
})

it.each(kinds)(
  '%s: a killed process leaves a whole file, and the next save cleans up',
  { timeout: 60_000 },
  async (name) => {
    const path = join(folder, name)
    await saveModel(line(), path)
    const script = join(import.meta.dirname, 'support/save-forever.ts')
    for (const delay of [0, 7]) {
      const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@fn/source', script, path])
      await once(child.stdout, 'data')
      await new Promise((done) => setTimeout(done, delay))
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect((await loadModel(path)).countParams()).toBe(8)
    }
    writeFileSync(join(folder, `.${name}.4194399-0`), 'left by a process that has ended')
    await saveModel(line(), path)
    expect(readdirSync(folder).filter((entry) => entry.startsWith(`.${name}`))).toEqual([])
  },
)
