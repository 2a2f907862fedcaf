import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '@fn/cli'
import { input, layers, type Model, model } from '@fn/core'
import { modelToKeras } from '@fn/keras'
import { toOnnx } from '@fn/onnx'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import classifier from './models/classifier.ts'
import { narrow, wide } from './models/several.ts'

const cwd = mkdtempSync(join(tmpdir(), 'fn-cli-'))
const home = process.cwd()
beforeAll(async () => {
  process.chdir(cwd)
  const keras = await modelToKeras(classifier)
  writeFileSync('classifier.keras', keras)
  writeFileSync('damaged.keras', keras.subarray(0, keras.length / 2))
  writeFileSync('wide.keras', await modelToKeras(wide))
  const x = input({ shape: [3] })
  const lacking = model({ inputs: x, outputs: layers.unitNormalization({ name: 'unit' })(x) }) as Model
  writeFileSync('lacking.keras', await modelToKeras(lacking))
  writeFileSync('narrow.onnx', toOnnx(narrow))
  writeFileSync('fixed.onnx', toOnnx(narrow, { batch: 2 }))
  writeFileSync('text.onnx', 'This is no model.')
  writeFileSync('empty.onnx', '')
  writeFileSync('inputs.json', '{"tokens": [[1, 2]], "extra": [[1, 2, 3]]}')
  writeFileSync('ragged.json', '{"tokens": [[1, 2], [3]], "extra": [[1, 2, 3, 4]]}')
  writeFileSync('few.json', '{"tokens": [[1, 2]]}')
})
afterAll(() => {
  process.chdir(home)
  rmSync(cwd, { recursive: true })
})

afterEach(() => vi.unstubAllEnvs())

let stdout = ''
let stderr = ''
beforeEach(() => {
  stdout = ''
  stderr = ''
  vi.stubEnv('NO_COLOR', '1')
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text
    return true
  })
})

/** In this process, unlike the tests of the command line. */
const fn = (line: string): Promise<number> => main(line.split(' '))

it.each([
  ['export damaged.keras', 1, 'damaged.keras: The zip is damaged: '],
  ['inspect damaged.keras', 1, 'damaged.keras: The zip is damaged: '],
  ['inspect text.onnx', 1, 'Expected an ONNX file. Received something else, or a damaged one: text.onnx.'],
  [
    'export narrow.onnx',
    1,
    'Expected a .keras, .h5 or model.json file, or a .js or .ts module that exports a model. Received something else: narrow.onnx.',
  ],
  ['inspect empty.onnx', 1, 'Received nothing: empty.onnx.'],
  ['inspect .', 1, 'Can not read .: that is a folder.'],
  ['bench text.onnx', 1, 'ONNX Runtime does not open it: '],
  [
    'verify classifier.keras narrow.onnx',
    1,
    'Expected two that take the same. Received: "tokens" [batch, tokens_dim_1], "extra" [batch, 4], and "x" [batch, 3].',
  ],
  ['export classifier.keras -o inputs.json/x.onnx --no-verify', 1, 'Can not write inputs.json/x.onnx: '],
  [
    'export classifier.keras --inputs inputs.json',
    1,
    'inputs.json: expected [batch, 4] for input "extra". Received: [1, 3].',
  ],
  [
    'export classifier.keras --inputs ragged.json',
    1,
    'ragged.json, "tokens": expected lists of numbers, all of one depth equally long.',
  ],
  [
    'export classifier.keras --inputs few.json',
    1,
    'few.json: expected arrays "tokens", "extra". Received: "tokens".',
  ],
  [
    'export classifier.keras --inputs classifier.keras',
    2,
    'Expected inputs in a .npz, .npy or .json file. Received: classifier.keras.',
  ],
  ['export classifier.keras --opset 3', 1, 'Expected an ONNX opset from 13'],
  ['export model.txt', 1, 'Can not read model.txt: there is no such file.'],
  [
    'export classifier.keras --batch some',
    2,
    "option '--batch <N|dynamic>' argument 'some' is invalid. Expected a whole number above 0.",
  ],
  ['export classifier.keras --tolerance -1', 2, 'Expected a number of at least 0.'],
  ['export classifier.keras --against keras', 2, 'Expected one of auto, reference, wasm.'],
  [
    'export classifier.keras --input words',
    2,
    'Expected NAME:SIZE,SIZE,… where a size is a number, a name for one that is open, or ?. Received: words.',
  ],
  ['export classifier.keras --input words:1', 2, 'The model has no input "words". It has: tokens, extra.'],
  [
    'export classifier.keras --input extra:?,5',
    2,
    'Input "extra": the model takes [?, 4], where ? is open. Received: [?, 5].',
  ],
  [
    'export classifier.keras --outputs shared',
    2,
    'The layer "shared" is called 2 times: expected shared:0 or shared:1. Received: shared.',
  ],
  ['export classifier.keras --outputs shared:2', 2, 'The layer "shared" has no call 2. It has: 0, 1.'],
  ['export classifier.keras --outputs shard', 2, 'The model has no layer "shard". It has: '],
  ['bench narrow.onnx --provider tpu', 2, 'Expected providers, of cpu'],
  ['bench fixed.onnx --batch 4', 2, 'The file fixes the batch to 2. Received: --batch 4.'],
  [
    'verify narrow.onnx narrow.onnx --input y:1,3',
    2,
    'Expected one of the inputs "x" [batch, 3]. Received: "y" [1, 3].',
  ],
  ['export wide.keras --training', 1, 'wide.keras: The model was not compiled when it was saved.'],
  [
    'export classifier.keras --fp16 --quantize int8',
    2,
    "option '--fp16' cannot be used with option '--quantize <int8>'",
  ],
  [
    'export wide.keras -o - --external-data',
    2,
    'Expected a path for a model that has other files beside it. Received: -.',
  ],
  [
    'export classifier.keras -o x.onnx --triton models',
    2,
    "option '--triton <DIR>' cannot be used with option '-o, --output <FILE>'",
  ],
  ['export', 2, "missing required argument 'MODEL'"],
  ['export classifier.keras --fast', 2, "unknown option '--fast'"],
  ['plot classifier.keras', 2, "required option '-o, --output <FILE>' not specified"],
  [
    'plot classifier.keras -o model.png',
    2,
    'Expected a .svg or .dot file to write, or --format. Received: model.png.',
  ],
  [
    'convert classifier.keras model.onnx',
    2,
    'fn export classifier.keras -o model.onnx writes ONNX, and checks it.',
  ],
  [
    'convert classifier.keras model.zip',
    2,
    'Expected a .keras, .h5 or model.json file to write, or a folder for tfjs-layers. Received: model.zip.',
  ],
  ['convert lacking.keras there/', 1, 'UnitNormalization "unit": there is no such layer.'],
])('fn %s says what is wrong', async (line, code, sentence) => {
  const before = readdirSync('.')
  expect(await fn(`${line} -q`)).toBe(code)
  expect(stderr).toMatch(/^error: /)
  expect(stderr).toContain(sentence)
  expect(stderr).not.toMatch(/\n\s+at /)
  expect(stdout).toBe('')
  expect(readdirSync('.')).toEqual(before)
})

it('helps, with examples', async () => {
  expect(await fn('--help')).toBe(0)
  for (const command of ['export', 'inspect', 'summary', 'plot', 'verify', 'bench', 'convert'])
    expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
  stdout = ''
  expect(await fn('help export')).toBe(0)
  expect(stdout).toMatch(/Usage: fn export[\s\S]*--json[\s\S]*Examples:\n {2}fn export classifier\.keras -o/)
  stdout = ''
  expect(await fn('--version')).toBe(0)
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(stderr).toBe('')
  expect(await main([])).toBe(2)
  expect(stderr).toContain('Usage: fn [options] [command]')
})

it('has colours where they are wanted', async () => {
  const bold = '\u001b[1m'
  await fn('inspect narrow.onnx')
  expect(stdout).not.toContain(bold)
  vi.stubEnv('NO_COLOR', '')
  vi.stubEnv('FORCE_COLOR', '1')
  await fn('inspect narrow.onnx')
  expect(stdout).toContain(bold)
  stdout = ''
  await fn('inspect narrow.onnx --no-color')
  expect(stdout).not.toContain(bold)
})

it('says it as JSON too', async () => {
  expect(await fn('summary --json')).toBe(2)
  expect(JSON.parse(stdout)).toEqual({ error: "missing required argument 'MODEL'" })
})

it('writes fewer bits, says what they cost, and puts weights into a file of their own', async () => {
  const half = join(cwd, 'half')
  expect(await fn(`export wide.keras -o ${half}/c.onnx --fp16 --external-data --json -q`)).toBe(0)
  const outcome = {
    precision: 'float16',
    tolerance: 0.02,
    files: [`${half}/c.onnx.data`, `${half}/c.onnx`],
    verifications: [{ outputs: [{ ok: true, distance: expect.any(Number), agreement: 1 }] }],
  }
  expect(JSON.parse(stdout)).toMatchObject(outcome)
  expect(readdirSync(half)).toEqual(['c.onnx', 'c.onnx.data'])
  expect(await fn(`verify wide.keras ${half}/c.onnx --tolerance 0.02 -q`)).toBe(0)
  stdout = ''
  expect(await fn('export classifier.keras -o small.onnx --quantize int8')).toBe(0)
  expect(stdout).toMatch(/ relative +distance +same largest\n {2}✓ {2}class .* %\n$/)
})

it('knows two files that answer the same, and two that do not', async () => {
  expect(await fn('verify narrow.onnx fixed.onnx')).toBe(0)
  writeFileSync('other.keras', await modelToKeras(narrow))
  narrow.weights[0]!.variable.assign({ shape: [3, 2], data: new Float32Array(6) })
  writeFileSync('other.onnx', toOnnx(narrow))
  expect(await fn('verify other.keras narrow.onnx')).toBe(0)
  expect(await fn('verify narrow.onnx other.onnx')).toBe(1)
  expect(stderr).toMatch(
    /error: The output "y" differs by [\d.]+, which is 1 of its largest value\. Expected at most 0\.0001\.\n$/,
  )
})
