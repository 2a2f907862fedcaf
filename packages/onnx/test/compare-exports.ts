/**
 * Sets files of fn beside those that Keras makes of the same models: nodes, size, and time in ONNX Runtime, taken in
 * turns.
 *
 *     python tooling/golden/export_onnx.py FOLDER
 *     npm run exports -w @fn/onnx -- FOLDER
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Generator, type HostArray, type Model, sizeOf } from '@fn/core'
import { loadModel } from '@fn/keras'
import { toOnnx } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { graphOf } from './decode.ts'

/** How many times each file is run for its median. */
const ROUNDS = Number(process.env.ROUNDS ?? 60)

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!

/** What a model is run on: so many samples, of 100 steps where the length is open. */
function drawn(made: Model, samples: number): HostArray {
  const { dims } = made.inputPorts[0]!.tensor
  const shape = dims.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? samples : 100))
  return { shape, dtype: 'float32', data: Float32Array.from(new Generator(1).normal(sizeOf(shape))) }
}

const once = async (session: InferenceSession, { data, shape }: HostArray): Promise<Float32Array> => {
  const feeds = { [session.inputNames[0]!]: new Tensor('float32', data as Float32Array, shape) }
  const [answer] = Object.values(await session.run(feeds))
  return answer!.data as Float32Array
}

const folder = process.argv[2]
if (folder === undefined) throw new Error('expected the folder that export_onnx.py has written')
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.keras') ? [file.slice(0, -6)] : []))
console.log(
  '| model | nodes, Keras | nodes, fn | MB, Keras | MB, fn | samples | ms, Keras | ms, fn | ratio | difference |',
)
console.log('| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |')
for (const name of names) {
  const made = await loadModel(join(folder, `${name}.keras`))
  const files = [readFileSync(join(folder, `${name}.onnx`)), toOnnx(made)]
  const nodes = files.map((file) => graphOf(file).node.length)
  const sessions = await Promise.all(
    files.map((file) => InferenceSession.create(file, { logSeverityLevel: 3 })),
  )
  for (const samples of [1, 32]) {
    const input = drawn(made, samples)
    const [expected, found] = await Promise.all(sessions.map((session) => once(session, input)))
    const difference = expected!.reduce(
      (worst, value, at) => Math.max(worst, Math.abs(value - found![at]!)),
      0,
    )
    const times = sessions.map((): number[] => [])
    const rounds = Math.max(8, Math.min(ROUNDS, Math.round(ROUNDS / samples)))
    for (let round = 0; round < rounds; round++) {
      for (const [at, session] of sessions.entries()) {
        const start = performance.now()
        await once(session, input)
        times[at]!.push(performance.now() - start)
      }
    }
    const [ofKeras, ofFn] = times.map(median) as [number, number]
    const sizes = files.map((file) => (file.length / 1e6).toFixed(2))
    console.log(
      `| ${[name, ...nodes, ...sizes, samples, ofKeras.toFixed(2), ofFn.toFixed(2), (ofFn / ofKeras).toFixed(2), difference.toExponential(1)].join(' | ')} |`,
    )
  }
  for (const session of sessions) await session.release()
}
