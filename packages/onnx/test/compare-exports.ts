/**
 * Sets files of fn beside those that Keras makes of the same models: nodes, size, and time of one thread in ONNX
 * Runtime, taken in turns.
 *
 * A second table says what the same files lose and gain in float16 and int8.
 *
 *     python tooling/golden/export_onnx.py FOLDER
 *     npm run exports -w @fn/onnx -- FOLDER
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Generator, type HostArray, type Model, sizeOf } from '@fn/core'
import { loadModel } from '@fn/keras'
import { accuracyLoss, toOnnx } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { graphOf } from './decode.ts'

/** How many times each file is run for its median. */
const ROUNDS = 60

/** About how long the rounds of a file may take together. */
const SECONDS = 20

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!

/** What the processor has spent on this process, in milliseconds: others that are busy do not count. */
function spent(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** What a model is run on: so many samples, of 100 steps where the length is open. */
function drawn(made: Model, samples: number): HostArray {
  const { dims } = made.inputPorts[0]!.tensor
  const shape = dims.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? samples : 100))
  return { shape, dtype: 'float32', data: Float32Array.from(new Generator(1).normal(sizeOf(shape))) }
}

async function answer(session: InferenceSession, { data, shape }: HostArray): Promise<HostArray> {
  const feeds = { [session.inputNames[0]!]: new Tensor('float32', data as Float32Array, shape) }
  const [found] = Object.values(await session.run(feeds))
  return { shape: found!.dims, dtype: 'float32', data: found!.data as Float32Array }
}

const once = async (session: InferenceSession, input: HostArray): Promise<Float32Array> =>
  (await answer(session, input)).data as Float32Array

const folder = process.argv[2]
if (folder === undefined) throw new Error('expected the folder that export_onnx.py has written')
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.keras') ? [file.slice(0, -6)] : []))
const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
const megabytes = (file: Uint8Array): string => (file.length / 1e6).toFixed(2)
const opened = (file: Uint8Array): Promise<InferenceSession> =>
  InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 })

/** The median of each session, run in turns. */
async function timed(sessions: readonly InferenceSession[], input: HostArray): Promise<readonly number[]> {
  const times = sessions.map((): number[] => [])
  const first = spent()
  await once(sessions.at(-1)!, input)
  const seconds = (spent() - first) / 1000
  const rounds = Math.max(5, Math.min(ROUNDS, Math.round(SECONDS / seconds)))
  for (let round = 0; round < rounds; round++) {
    for (const [at, session] of sessions.entries()) {
      const start = spent()
      await once(session, input)
      times[at]!.push(spent() - start)
    }
  }
  return times.map(median)
}

const bits: string[] = []
console.log(
  row('model', 'nodes, Keras', 'nodes, fn', 'samples', 'ms, Keras', 'ms, fn', 'ratio', 'difference'),
)
console.log(row('---', ...new Array<string>(7).fill('--:')))
for (const name of names) {
  const made = await loadModel(join(folder, `${name}.keras`))
  const exact = toOnnx(made)
  const files = [readFileSync(join(folder, `${name}.onnx`)), exact]
  const nodes = files.map((file) => graphOf(file).node.length)
  const sessions = await Promise.all(files.map(opened))
  for (const samples of [1, 32]) {
    const input = drawn(made, samples)
    const [expected, found] = await Promise.all(sessions.map((session) => once(session, input)))
    const difference = expected!.reduce((most, value, at) => Math.max(most, Math.abs(value - found![at]!)), 0)
    const [ofKeras, ofFn] = (await timed(sessions, input)) as [number, number]
    const ratio = (ofFn / ofKeras).toFixed(2)
    const shown = [ofKeras.toFixed(2), ofFn.toFixed(2), ratio, difference.toExponential(1)]
    console.log(row(name, ...nodes, samples, ...shown))
  }

  const input = drawn(made, 32)
  for (const options of [{ float16: true }, { quantize: 'int8' }] as const) {
    const approximate = toOnnx(made, options)
    const [deviation] = Object.values(
      await accuracyLoss({
        exact,
        approximate,
        batches: [{ x: input }],
        open: async (file) => {
          const session = await opened(file)
          return async () => ({ y: await answer(session, input) })
        },
      }),
    )
    const session = await opened(approximate)
    const [before, after] = (await timed([sessions[1]!, session], input)) as [number, number]
    const shown = [deviation!.relative.toExponential(1), `${(100 * deviation!.agreement).toFixed(0)} %`]
    const kind = Object.keys(options)[0]!
    bits.push(
      row(
        name,
        kind,
        megabytes(exact),
        megabytes(approximate),
        ...shown,
        before.toFixed(2),
        after.toFixed(2),
      ),
    )
  }
}
console.log()
console.log(row('model', 'kind', 'MB, float32', 'MB', 'relative', 'agreement', 'ms, float32', 'ms'))
console.log(row('---', '---', ...new Array<string>(6).fill('--:')))
for (const line of bits) console.log(line)
