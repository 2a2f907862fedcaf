import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { onnxruntime } from '@fn/backend-onnxruntime'
import { createReference } from '@fn/backend-reference'
import { tfjs } from '@fn/backend-tfjs'
import type { Backend, HostArray, Model } from '@fn/core'
import { modelFromKeras, modelToKeras } from '@fn/keras'
import { toOnnx } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { decode, difference, type Encoded, flat, oneOrAll } from './keras-answers.ts'

// Compares random models of Keras with fn: npm run differential -- --count 100 --seed 1
// FN_DIFFERENTIAL_PYTHON names a Python that has Keras and, for speed, torch. --from FOLDER checks models that are there.

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string' },
    known: { type: 'string', default: join(import.meta.dirname, 'known-differences.json') },
  },
})

interface Report {
  readonly inputs: readonly Encoded[]
  readonly outputs: readonly Encoded[]
  readonly fit?: {
    readonly targets: readonly Encoded[]
    readonly loss: number
    readonly outputs: readonly Encoded[]
  }
}

/** The outputs of a model in the order of a file, of targets that come flattened. */
function packed(model: Model, targets: readonly HostArray[]): unknown {
  const names = model.outputPorts.map(({ name }) => name)
  if (Array.isArray(model.outputs) || 'dims' in model.outputs) return oneOrAll(targets)
  const sorted = names.toSorted()
  return Object.fromEntries(sorted.map((name, i) => [name, targets[i]!]))
}

const gapOf = (expected: readonly Encoded[], found: readonly HostArray[]): number =>
  difference(expected.map(decode), found, 1)

const TOLERANCE = { predict: 2e-5, fit: 5e-4 }
const folder = options.from ?? mkdtempSync(join(tmpdir(), 'fn-differential-'))
if (options.from === undefined) {
  const python = process.env.FN_DIFFERENTIAL_PYTHON
  if (python === undefined) throw new Error('Expected a Python with Keras in FN_DIFFERENTIAL_PYTHON.')
  const script = join(import.meta.dirname, '../../../tooling/golden/random/generate.py')
  const { status, error } = spawnSync(python, [script, folder, options.count, options.seed], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0)
    throw new Error(`Expected models from ${python}. It ended with ${error?.message ?? `status ${status}`}.`)
}

const engines: readonly Backend[] = [createReference(), await tfjs('wasm'), await onnxruntime('cpu')]
const known = JSON.parse(readFileSync(options.known, 'utf8')) as Readonly<Record<string, string>>
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []))
const counts = { models: 0, fits: 0, known: 0, different: 0 }
const worst = { predict: 0, fit: 0 }

async function check(name: string): Promise<readonly string[]> {
  const report = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Report
  const bytes = readFileSync(join(folder, `${name}.keras`))
  const inputs = report.inputs.map(decode)
  const x = oneOrAll(inputs) as never
  const problems: string[] = []
  const compare = (what: string, kind: 'predict' | 'fit', gap: number): void => {
    if (gap < TOLERANCE[kind]) worst[kind] = Math.max(worst[kind], gap)
    else problems.push(`${what} ${gap.toExponential(1)}`)
  }
  const quiet = { onWarning: () => {} }
  const loaded = await modelFromKeras(bytes, quiet)
  const again = await modelFromKeras(await modelToKeras(loaded), quiet)
  for (const [which, model] of [
    ['predict', loaded],
    ['predict after a round trip', again],
  ] as const) {
    model.compile({ backend: engines[0]! })
    compare(which, 'predict', gapOf(report.outputs, flat(await model.predict(x, { batchSize: 4 }))))
  }
  const session = await InferenceSession.create(toOnnx(loaded))
  const feeds = loaded.inputPorts.map(({ name: input }, i) => {
    const { dtype, data, shape } = inputs[i]!
    return [input, new Tensor(dtype, data as Float32Array, shape)] as const
  })
  const answers = await session.run(Object.fromEntries(feeds))
  const exported = loaded.outputPorts.map(({ name: output }) => answers[output]! as never as HostArray)
  const ordered =
    Array.isArray(loaded.outputs) || 'dims' in loaded.outputs ? exported : sortedBy(loaded, exported)
  compare('ONNX', 'predict', gapOf(report.outputs, ordered))
  for (const backend of engines.slice(1)) {
    loaded.compile({ backend })
    compare(backend.name, 'predict', gapOf(report.outputs, flat(await loaded.predict(x, { batchSize: 4 }))))
    await loaded.dispose()
  }
  if (report.fit !== undefined) {
    counts.fits++
    for (const backend of engines) {
      const model = await modelFromKeras(bytes, { ...quiet, backend })
      const y = packed(model, report.fit.targets.map(decode)) as never
      const { history } = await model.fit(x, y, { batchSize: 4, shuffle: false, verbose: 'silent' })
      const scale = Math.max(1, Math.abs(report.fit.loss))
      compare(`loss on ${backend.name}`, 'fit', Math.abs(history.loss![0]! - report.fit.loss) / scale)
      const after = flat(await model.predict(x, { batchSize: 4 }))
      compare(`training on ${backend.name}`, 'fit', gapOf(report.fit.outputs, after))
      await model.dispose()
    }
  }
  return problems
}

function sortedBy({ outputPorts }: Model, arrays: readonly HostArray[]): readonly HostArray[] {
  return outputPorts
    .map(({ name }, i) => [name, arrays[i]!] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, array]) => array)
}

for (const name of names) {
  counts.models++
  let problems: readonly string[]
  try {
    problems = await check(name)
  } catch (error) {
    problems = [String(error).split('\n').slice(0, 3).join(' ').slice(0, 300)]
  }
  if (problems.length === 0) continue
  const reason = known[name]
  counts[reason === undefined ? 'different' : 'known']++
  console.log(`${name}: ${problems.join('; ')}${reason === undefined ? '' : ` (known: ${reason})`}`)
}
if (counts.models === 0) throw new Error('Expected models to compare. There are none.')
if (options.from === undefined)
  console.log(`${options.count} models asked for; Keras refuses those that are missing.`)
console.log(
  `${counts.models} models, ${counts.fits} fits: ${counts.different} different, ${counts.known} known. Largest difference that passes: predictions ${worst.predict.toExponential(1)}, training ${worst.fit.toExponential(1)}.`,
)
if (options.from === undefined) rmSync(folder, { recursive: true })
process.exit(counts.different === 0 ? 0 : 1)
