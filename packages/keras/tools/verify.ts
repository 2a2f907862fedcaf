import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reference } from '@fn/backend-reference'
import { tfjs } from '@fn/backend-tfjs'
import {
  type Backend,
  Generator,
  type HostArray,
  input,
  layers,
  type Model,
  model,
  type SymbolicTensor,
  sequential,
  setRandomSeed,
} from '@fn/core'
import { type GoldenTensor, listFixtures, loadFixture } from '@fn/golden'
import { loadModel, modelFromKeras, saveModel } from '@fn/keras'
import { Scale } from '../test/support/scale.ts'

// Writes files, has real Keras load them, predict and train on, and loads what Keras saves then: npm run verify:keras.
// It needs the Python environment of tooling/golden.

const golden = join(import.meta.dirname, '../../../tooling/golden')
const python = process.env.FN_GOLDEN_PYTHON ?? join(golden, '.venv/bin/python')
const folder = mkdtempSync(join(tmpdir(), 'fn-keras-'))
const customObjects = { Scale }
const BATCH = 4
const KINDS = ['keras', 'h5']

interface Case {
  readonly backend: Backend
  readonly model: Model
  readonly x: readonly GoldenTensor[]
  readonly y: readonly GoldenTensor[] | Readonly<Record<string, GoldenTensor>>
}

const encode = ({ shape, dtype, data }: HostArray): object => {
  const values = dtype === 'float32' ? Float32Array.from(data) : data
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return { shape, dtype, data: bytes.toString('base64') }
}

const normal = (random: Generator, ...shape: number[]): GoldenTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(random.normal(shape.reduce((product, size) => product * size, 1))),
})

const flat = (outputs: unknown): readonly HostArray[] =>
  'data' in (outputs as object) ? [outputs as HostArray] : Object.values(outputs as object)

/** A file of Keras, trained on in fn. */
async function fromFixture(name: string, backend: Backend): Promise<Case> {
  const { file, inputs, targets } = loadFixture('kerasFiles', name)
  const made = await modelFromKeras(Buffer.from(file, 'base64'), { backend, customObjects })
  return { backend, model: made, x: inputs, y: targets }
}

/**
 * Layers of one class in branches: whoever counts them in another order gives them each other's weights. (Keras 3.15.1 does
 * not load a model of its own with a layer that stands in two models.)
 */
function tangle(seed: number, backend: Backend): Case {
  setRandomSeed(seed)
  const random = new Generator(seed)
  const pick = (count: number): number => Math.floor((random.next() / 2 ** 32) * count)
  const start = input({ shape: [3] })
  const tensors: SymbolicTensor[] = [start]
  const shared = layers.dense({ units: 3 })
  for (let at = 0; at < 10; at++) {
    const [one, other] = [tensors[pick(tensors.length)]!, tensors[pick(tensors.length)]!]
    const kind = pick(4)
    if (kind === 0 && one !== other) tensors.push(layers.add()([one, other]))
    else if (kind === 1) tensors.push(shared(one))
    else tensors.push(layers.dense({ units: 3, activation: 'tanh', trainable: pick(4) > 0 })(one))
  }
  const last = tensors.slice(-3)
  const inner = model({ inputs: start, outputs: layers.concatenate()(last) })
  const outside = input({ shape: [3] })
  const outputs = layers.dense({ units: 2 })(
    layers.add()([inner(outside), inner(layers.dense({ units: 3 })(outside))]),
  )
  const made = model({ inputs: outside, outputs }) as Model
  made.compile({ backend, optimizer: 'adam', loss: 'mse' })
  return { backend, model: made, x: [normal(random, 8, 3)], y: [normal(random, 8, 2)] }
}

/** Layers that are frozen as a whole, and statistics between weights: older files have what is trained first. */
function frozen(backend: Backend): Case {
  const inner = (name: string, trainable: boolean) => {
    const norm = trainable ? layers.batchNormalization() : layers.layerNormalization()
    const parts = [layers.dense({ units: 3, activation: 'tanh' }), norm, layers.dense({ units: 3 })]
    return sequential([input({ shape: [3] }), ...parts], { name, trainable })
  }
  const start = input({ shape: [3] })
  const outputs = start.pipe(
    inner('frozen', false),
    inner('free', true),
    layers.reshape({ targetShape: [3, 1] }),
    layers.bidirectional(layers.lstm({ units: 2, returnSequences: true }), { trainable: false }),
    layers.timeDistributed(layers.dense({ units: 2 }), { trainable: false }),
    layers.flatten(),
    layers.dense({ units: 2, name: 'größe' }),
  )
  const made = model({ inputs: start, outputs }) as Model
  made.compile({ backend, optimizer: 'adam', loss: 'mse' })
  return { backend, model: made, x: [normal(new Generator(1), 8, 3)], y: [normal(new Generator(2), 8, 2)] }
}

/** Writes a model, and beside it what becomes of it here: in a `.h5` file it has no state of an optimizer. */
async function write(name: string, { backend, model: made, x, y }: Case): Promise<void> {
  const options = { batchSize: BATCH, shuffle: false, verbose: 'silent' } as const
  await made.fit(x as never, y as never, options)
  // Keras reads no indices with `...` from `.h5` files.
  const kinds = name === 'operations' ? ['keras'] : KINDS
  for (const kind of kinds) await saveModel(made, join(folder, `${name}.${kind}`))
  const targets = Array.isArray(y)
    ? y.map(encode)
    : Object.fromEntries(Object.entries(y).map(([key, array]) => [key, encode(array)]))
  for (const kind of kinds) {
    const path = join(folder, `${name}.${kind}`)
    const trained = kind === 'keras' ? made : await loadModel(path, { backend, customObjects })
    const iterations = trained.compiled!.optimizerState.iterations.data[0]
    const outputs = flat(await trained.predict(x as never))
    const { history } = await trained.fit(x as never, y as never, options)
    const record = {
      inputs: x.map(encode),
      targets,
      batchSize: BATCH,
      iterations,
      outputs: outputs.map(encode),
      loss: history.loss![0],
      weightsAfter: trained.getWeights().map(encode),
    }
    writeFileSync(`${path}.json`, JSON.stringify(record))
    after.set(`${name}.back.${kind}`, trained)
  }
}

/** What Keras saved after that, loaded here: the largest difference of a weight. */
async function comesBack(path: string, made: Model): Promise<number> {
  const back = await loadModel(path, { customObjects })
  return Math.max(
    ...back.getWeights().map(({ data }, at) => {
      const own = made.getWeights()[at]!.data
      const scale = Math.max(1, ...Array.from(own, Math.abs))
      return Math.max(0, ...Array.from(data, (value, index) => Math.abs(value - own[index]!))) / scale
    }),
  )
}

const engines = { reference: await reference(), tfjs: await tfjs('cpu') }
const cases = new Map<string, Case>()
/** The models as they were trained on here, by the file that Keras makes of them. */
const after = new Map<string, Model>()
for (const name of listFixtures('kerasFiles')) cases.set(name, await fromFixture(name, engines.reference))
cases.set('tagger-tfjs', await fromFixture('tagger', engines.tfjs))
cases.set('frozen', frozen(engines.reference))
for (let seed = 1; seed <= 20; seed++) cases.set(`tangle-${seed}`, tangle(seed, engines.reference))
for (const [name, one] of cases) await write(name, one)

const { status, stderr } = spawnSync(python, ['check_keras.py', folder], {
  cwd: golden,
  stdio: ['ignore', 'inherit', 'pipe'],
  encoding: 'utf8',
})
// Else it holds what Keras warns of.
if (status !== 0) process.stderr.write(stderr)
let worst = 0
for (const [name, made] of after) {
  const path = join(folder, name)
  if (existsSync(path)) worst = Math.max(worst, await comesBack(path, made))
}
process.stdout.write(`What Keras saved after that loads in fn: weights within ${worst.toExponential(1)}\n`)
rmSync(folder, { recursive: true })
process.exitCode = status === 0 && worst < 1e-4 ? 0 : 1
