import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { onnxruntime } from '@fn/backend-onnxruntime'
import { type HostArray, type Model, optimizers } from '@fn/core'
import { loadModel } from '@fn/keras'
import { toOnnx } from '@fn/onnx'
import { ModelProtoSchema } from 'onnx-buf'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { decode, difference, type Encoded, flat, oneOrAll } from './keras-answers.ts'

// Loads the files that `tooling/golden/zoo.py FOLDER` made, predicts, exports, runs the export, and compares it all with what
// Keras predicted: npm run zoo -- [FOLDER [NAME…]], from tooling/golden/zoo if nothing is said. Where Keras exported a file too, it times both by turns.

interface Answers {
  /** One for each size. */
  readonly runs: readonly { readonly inputs: readonly Encoded[]; readonly outputs: readonly Encoded[] }[]
  /** A training step with the first inputs, and what is predicted for them after it. */
  readonly step?: { readonly target: Encoded; readonly loss: number; readonly outputs: readonly Encoded[] }
}

/** A difference counts against the largest value, however small that is. */
const worst = (
  expected: readonly HostArray[],
  found: readonly { readonly data: ArrayLike<number> }[],
): number => difference(expected, found, Number.MIN_VALUE)

/** The largest difference in the loss of a step, and in what is predicted after it. */
async function afterStep(
  model: Model,
  given: readonly HostArray[],
  { target, loss, outputs }: NonNullable<Answers['step']>,
): Promise<number> {
  const x = oneOrAll(given) as never
  const logs = await model.trainOnBatch(x, decode(target) as never)
  const after = worst(outputs.map(decode), flat(await model.predict(x)))
  return Math.max(Math.abs(logs.loss! - loss) / Math.max(1, loss), after)
}

const tensorOf = ({ shape, dtype, data }: HostArray): Tensor => new Tensor(dtype, data as Float32Array, shape)

const nodeCount = (file: Uint8Array): number => fromBinary(ModelProtoSchema, file).graph!.node.length

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

/** Milliseconds of one run of each, by turns. */
async function race(runs: readonly (() => Promise<unknown>)[]): Promise<readonly number[]> {
  const times: number[][] = runs.map(() => [])
  for (let round = 0; round < 30; round++) {
    for (const [at, run] of runs.entries()) {
      const start = performance.now()
      await run()
      times[at]!.push(performance.now() - start)
    }
  }
  return times.map(median)
}

const [place = join(import.meta.dirname, '../../../tooling/golden/zoo'), ...named] = process.argv.slice(2)
// npm runs it in the folder of the package.
const folder = resolve(process.env.INIT_CWD ?? '', place)
const python = process.env.FN_ZOO_PYTHON && resolve(process.env.INIT_CWD ?? '', process.env.FN_ZOO_PYTHON)
const maker = join(import.meta.dirname, '../../../tooling/golden/zoo.py')

function namesOfAll(): readonly string[] {
  if (python) return execFileSync(python, [maker, '--list'], { encoding: 'utf8' }).trim().split('\n')
  if (!existsSync(folder))
    throw new Error(
      `Expected ${folder} to have the models that tooling/golden/zoo.py makes, or FN_ZOO_PYTHON to be a Python that has Keras.`,
    )
  return readdirSync(folder).flatMap((file) => (file.endsWith('.keras') ? [file.slice(0, -6)] : []))
}

const names = named.length > 0 ? named : namesOfAll()
if (names.length === 0) throw new Error(`Expected models in ${folder}. Found none.`)
const backend = await onnxruntime('cpu')
console.log(
  '| model | load, ms | predicts | trains | export, ms | file predicts | nodes | nodes, Keras | ms | ms, Keras |',
)
console.log('|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|')
let isGood = true
for (const name of names) {
  try {
    if (python) execFileSync(python, [maker, folder, name], { stdio: ['ignore', 'ignore', 'inherit'] })
    const { runs, step } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Answers
    const cases = runs.map(({ inputs, outputs }) => ({
      given: inputs.map(decode),
      expected: outputs.map(decode),
    }))
    let start = performance.now()
    const model = await loadModel(join(folder, `${name}.keras`))
    const loaded = performance.now() - start
    model.compile({ backend, optimizer: optimizers.sgd({ learningRate: 0.05 }), loss: 'meanSquaredError' })
    let predicted = 0
    for (const { given, expected } of cases)
      predicted = Math.max(predicted, worst(expected, flat(await model.predict(oneOrAll(given) as never))))
    start = performance.now()
    const file = toOnnx(model)
    const exported = performance.now() - start
    const session = await InferenceSession.create(file)
    const feedsOf = (given: readonly HostArray[]) =>
      Object.fromEntries(model.inputPorts.map(({ name: input }, at) => [input, tensorOf(given[at]!)]))
    let answered = 0
    for (const { given, expected } of cases) {
      const found = await session.run(feedsOf(given))
      const outputs = model.outputPorts.map(({ name: output }) => found[output] as never)
      answered = Math.max(answered, worst(expected, outputs))
    }
    const { given } = cases[0]!
    const feeds = feedsOf(given)
    const run = () => session.run(feeds)
    const theirs = join(folder, `${name}.onnx`)
    let other: readonly string[] = ['–', '–', '–']
    if (existsSync(theirs)) {
      const keras = await InferenceSession.create(theirs)
      const own = Object.fromEntries(keras.inputNames.map((input, at) => [input, tensorOf(given[at]!)]))
      const [mine, their] = await race([run, () => keras.run(own)])
      other = [String(nodeCount(readFileSync(theirs))), mine!.toFixed(2), their!.toFixed(2)]
    }
    const trained = step === undefined ? undefined : await afterStep(model, given, step)
    const nodes = nodeCount(file)
    const cells = [
      loaded.toFixed(0),
      predicted.toExponential(0),
      trained?.toExponential(0) ?? '–',
      exported.toFixed(0),
      answered.toExponential(0),
      nodes,
      ...other,
    ]
    console.log(`| ${name} | ${cells.join(' | ')} |`)
    if (!(predicted < 1e-4 && answered < 1e-4 && (trained ?? 0) < 1e-4)) isGood = false
    await model.dispose()
  } catch (error) {
    isGood = false
    console.log(`| ${name} | ${(error as Error).message.split('\n')[0]} |`)
  }
  if (python)
    for (const kind of ['keras', 'json', 'onnx']) rmSync(join(folder, `${name}.${kind}`), { force: true })
}
process.exit(isGood ? 0 : 1)
