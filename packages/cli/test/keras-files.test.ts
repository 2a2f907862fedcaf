import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '@fn/cli'
import { listFixtures, loadFixture } from '@fn/golden'
import { modelFromKeras } from '@fn/keras'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const cwd = mkdtempSync(join(tmpdir(), 'fn-cli-'))
const home = process.cwd()
beforeAll(() => process.chdir(cwd))
afterAll(() => {
  process.chdir(home)
  rmSync(cwd, { recursive: true })
})

type Nested = number | readonly Nested[]

/** Row-major elements as lists of lists. */
function nested({ shape, data }: { shape: readonly number[]; data: ArrayLike<number> }): Nested {
  return shape
    .toReversed()
    .reduce<readonly Nested[]>(
      (items, size) =>
        Array.from({ length: items.length / size }, (_, at) => items.slice(at * size, (at + 1) * size)),
      Array.from(data),
    )[0]!
}

// One holds a layer of its own, which a module would have to hand in.
describe.each(listFixtures('kerasFiles').filter((name) => name !== 'customLayer'))('%s.keras', (name) => {
  it('is exported, and answers and trains in ONNX Runtime as the model does', {
    timeout: 60_000,
  }, async () => {
    const { file, inputs } = loadFixture('kerasFiles', name)
    const bytes = Buffer.from(file, 'base64')
    writeFileSync('model.keras', bytes)
    const { inputPorts } = await modelFromKeras(bytes)
    const lists = Object.fromEntries(inputPorts.map((port, at) => [port.name, nested(inputs[at]!)]))
    writeFileSync('inputs.json', JSON.stringify(lists))

    expect(await exported('--inputs', 'inputs.json')).toMatchObject({
      files: ['model.onnx'],
      verifications: [{ inputs: 'random' }, { inputs: 'inputs.json' }],
    })
    expect(await exported('--training')).toMatchObject({
      files: ['model.state.npz', 'model.onnx'],
      verifications: [{ outputs: expect.arrayContaining([expect.objectContaining({ output: 'loss' })]) }],
    })
  })
})

/** What `fn export` says, once it has compared. */
async function exported(...options: readonly string[]): Promise<unknown> {
  let stdout = ''
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  const code = await main(['export', 'model.keras', ...options, '--json', '--quiet'])
  spy.mockRestore()
  const report = JSON.parse(stdout)
  expect(report.error).toBeUndefined()
  expect(code).toBe(0)
  return report
}
