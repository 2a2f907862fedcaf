import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadFixture } from '@fn/golden'
import { modelToKeras } from '@fn/keras'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, type RunOptions, runFn } from './fn.ts'
import classifier from './models/classifier.ts'

const root = mkdtempSync(join(tmpdir(), 'fn-cli-'))
afterAll(() => rmSync(root, { recursive: true }))

const module = (name: string): string => join(import.meta.dirname, 'models', name)
let keras: Uint8Array
beforeAll(async () => {
  keras = await modelToKeras(classifier)
})

let folders = 0
/** A folder with classifier.keras in it. */
function folder(): string {
  const path = join(root, String(folders++))
  mkdirSync(path)
  writeFileSync(join(path, 'classifier.keras'), keras)
  return path
}

const fn = (cwd: string, line: string, options: Omit<RunOptions, 'cwd'> = {}): Promise<Outcome> =>
  runFn(line.split(' ').filter(Boolean), { cwd, ...options })

const json = ({ stdout }: Outcome): unknown => JSON.parse(stdout)

describe('fn', { timeout: 60_000 }, () => {
  it('exports what it has compared, and inspects, verifies and times it', async () => {
    const cwd = folder()
    const exported = await fn(cwd, 'export classifier.keras --opset 18')
    expect(exported).toMatchObject({ code: 0 })
    expect(exported.stdout).toMatch(
      /^classifier\.onnx {2}[\d.]+ kB, opset 18, \d+ nodes\nonnxruntime cpu against reference, random inputs:\n.*\n {2}✓ {2}class {3}\[2, 2\]/,
    )
    expect(exported.stderr).toBe(
      'Reading classifier.keras …\nWriting ONNX …\nComparing with the model on random inputs …\n',
    )
    const inspected = await fn(cwd, 'inspect classifier.onnx --json')
    expect(json(inspected)).toMatchObject({
      kind: 'onnx',
      file: 'classifier.onnx',
      opset: 18,
      name: 'classifier',
      inputs: [
        { name: 'tokens', dtype: 'int32', shape: ['batch', 'tokens_dim_1'] },
        { name: 'extra', dtype: 'float32', shape: ['batch', 4] },
      ],
      outputs: [{ name: 'class', dtype: 'float32', shape: ['batch', 2] }],
      ops: expect.objectContaining({ LSTM: 1 }),
    })
    const verified = await fn(cwd, 'verify classifier.keras classifier.onnx --input tokens:3,7 --json -q')
    expect(verified).toMatchObject({ code: 0, stderr: '' })
    expect(json(verified)).toMatchObject({
      ok: true,
      tolerance: 1e-4,
      against: 'reference',
      engine: 'onnxruntime cpu',
      inputs: 'random',
      outputs: [{ output: 'class', shape: [3, 2], ok: true, difference: expect.any(Number) }],
    })
    const timed = await fn(cwd, 'bench classifier.onnx --batch 1,4 --time 0.01 --json')
    expect(json(timed)).toMatchObject({
      file: 'classifier.onnx',
      timings: [
        { provider: 'cpu', batch: 1, runs: expect.any(Number), medianMs: expect.any(Number) },
        { provider: 'cpu', batch: 4, samplesPerSecond: expect.any(Number), p95Ms: expect.any(Number) },
      ],
    })
    expect(readdirSync(cwd).sort()).toEqual(['classifier.keras', 'classifier.onnx'])
  })

  it('exports part of a module at fixed sizes, on given inputs', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'inputs.json'), JSON.stringify({ extra: [[1, 2, 3, 4]] }))
    const outcome = await fn(
      cwd,
      `export ${module('classifier.ts')} --outputs shared:1 --batch 1 --inputs inputs.json --json -o out/part.onnx`,
    )
    expect(json(outcome)).toMatchObject({
      files: ['out/part.onnx'],
      verifications: [
        { inputs: 'random', outputs: [{ output: 'shared', shape: [1, 4], ok: true }] },
        { inputs: 'inputs.json', outputs: [{ output: 'shared', shape: [1, 4], ok: true }] },
      ],
    })
    const inspected = await fn(cwd, 'inspect out/part.onnx')
    expect(inspected.stdout).toMatch(
      /inputs\n {2}extra +float32 +\[1, 4\]\noutputs\n {2}shared +float32 +\[1, 4\]\n/,
    )
  })

  it('takes layers that it does not know from a module', async () => {
    const cwd = folder()
    const { file } = loadFixture('kerasFiles', 'customLayer')
    writeFileSync(join(cwd, 'custom.keras'), file, 'base64')
    const [without, outcome] = await Promise.all([
      fn(cwd, 'summary custom.keras'),
      fn(cwd, `export custom.keras --custom ${module('scale.ts')} -q`),
    ])
    expect(without).toMatchObject({ code: 1, stdout: '' })
    expect(without.stderr).toMatch(
      /^error: custom\.keras: .*this class of layers is not known\. Hand it in as customObjects\.Scale\. With --custom MODULE they are the exports of a module\.\n$/,
    )
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '', bytes: Buffer.alloc(0) })
    expect(readdirSync(cwd).sort()).toEqual(['classifier.keras', 'custom.keras', 'custom.onnx'])
  })

  it('writes a model repository for Triton', async () => {
    const cwd = folder()
    const { code } = await fn(cwd, 'export classifier.keras --triton models --max-batch 16 --no-verify')
    expect(code).toBe(0)
    expect(readdirSync(cwd).sort()).toEqual(['classifier.keras', 'models'])
    expect(existsSync(join(cwd, 'models/classifier/1/model.onnx'))).toBe(true)
    expect(readFileSync(join(cwd, 'models/classifier/config.pbtxt'), 'utf8')).toMatchInlineSnapshot(`
      "name: "classifier"
      backend: "onnxruntime"
      max_batch_size: 16
      input [
        { name: "tokens" data_type: TYPE_INT32 dims: [ -1 ] },
        { name: "extra" data_type: TYPE_FP32 dims: [ 4 ] }
      ]
      output [
        { name: "class" data_type: TYPE_FP32 dims: [ 2 ] }
      ]
      dynamic_batching { }
      "
    `)
  })

  it('goes through pipes', async () => {
    const cwd = folder()
    const exported = await fn(cwd, 'export - -o - -q', { stdin: keras })
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    const inspected = await fn(cwd, 'inspect -', { stdin: exported.bytes })
    expect(inspected.stdout).toMatch(/^stdin {2}ONNX/)
    expect(readdirSync(cwd)).toEqual(['classifier.keras'])
  })

  it('summarizes, inspects, draws and converts models', async () => {
    const cwd = folder()
    const [summary, described, inspected, drawn, converted] = await Promise.all([
      fn(cwd, 'summary classifier.keras'),
      fn(cwd, `summary ${module('several.ts')}#narrow --json`),
      fn(cwd, 'inspect classifier.keras --json'),
      fn(cwd, 'plot classifier.keras -o classifier.svg --direction LR'),
      fn(cwd, `convert ${module('several.ts')}#wide wide.keras --json`),
    ])
    expect(summary.stdout).toMatch(
      /^Model: "classifier"\n[\s\S]*\nshared \(Dense\) +\(None, 4\) +20 +read\[0\]\[0\]\n/,
    )
    expect(json(described)).toEqual({
      name: 'narrow',
      class: 'Sequential',
      inputs: [{ name: 'x', dtype: 'float32', shape: [null, 3] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [null, 2] }],
      layers: [
        { name: 'x', class: 'InputLayer', outputShapes: [[null, 3]], params: 0, calls: [] },
        { name: 'y', class: 'Dense', outputShapes: [[null, 2]], params: 8, calls: [['x']] },
      ],
      params: 8,
      trainableParams: 8,
      bytes: 32,
    })
    expect(json(inspected)).toMatchObject({
      kind: 'keras',
      name: 'classifier',
      metadata: { keras_version: expect.stringMatching(/^3\./), date_saved: expect.any(String) },
      layers: expect.objectContaining({ InputLayer: 2, Dense: 2, LSTM: 1 }),
    })
    expect(drawn).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(join(cwd, 'classifier.svg'), 'utf8')).toMatch(/^<svg|^<\?xml/)
    expect(json(converted)).toMatchObject({ files: ['wide.keras'], compiled: false })
    expect((await fn(cwd, 'summary wide.keras')).stdout).toContain('Total params: 620')
  })

  it('fails with 1 and writes nothing where answers differ', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'old.onnx'), 'as it was')
    const outcome = await fn(cwd, 'export classifier.keras -o old.onnx --tolerance 0 --json')
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(
      /^error: The output "class" differs by [\d.e-]+, which is [\d.e-]+ of its largest value\. Expected at most 0\. Nothing was written;/,
    )
    expect(json(outcome)).toMatchObject({
      files: [],
      error: expect.stringContaining('The output "class" differs'),
      verifications: [{ outputs: [{ ok: false }] }],
    })
    expect(readFileSync(join(cwd, 'old.onnx'), 'utf8')).toBe('as it was')
    expect(readdirSync(cwd).sort()).toEqual(['classifier.keras', 'old.onnx'])
  })

  it('fails in one sentence, and leaves nothing behind', async () => {
    const cwd = folder()
    const cases: readonly (readonly [string, number, string])[] = [
      ['export classifier.keras -o .', 1, 'Can not write .: that is a folder.'],
      ['exprot classifier.keras', 2, "unknown command 'exprot'\n(Did you mean export?)"],
      [`summary ${module('broken.js')}`, 1, `${module('broken.js')} failed: the data set is not there`],
      [`summary ${module('none.ts')}`, 1, 'expected a model as the default export, or one alone.'],
      [`summary ${module('several.ts')}`, 1, `Models that it exports: ${module('several.ts')}#narrow, `],
    ]
    const outcomes = await Promise.all(cases.map(([line]) => fn(cwd, `${line} -q`)))
    cases.forEach(([, code, sentence], at) => {
      const { stdout, stderr, ...outcome } = outcomes[at]!
      expect(outcome.code).toBe(code)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^error: /)
      expect(stderr).toContain(sentence)
      expect(stderr).not.toMatch(/\n\s+at /)
    })
    expect(readdirSync(cwd)).toEqual(['classifier.keras'])
  })

  it('says where an error came from when asked, and errors as JSON', async () => {
    const cwd = folder()
    const outcome = await fn(cwd, 'summary missing.keras --debug --json')
    expect(outcome.stderr).toMatch(/error: Can not read missing\.keras[\s\S]*\n\s+at [\s\S]*\ncause: /)
    expect(json(outcome)).toEqual({ error: 'Can not read missing.keras: there is no such file.' })
  })
})
