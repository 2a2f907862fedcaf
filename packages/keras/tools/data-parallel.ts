import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tfjs } from '@fn/backend-tfjs'
import { input, layers, type Model, model } from '@fn/core'
import { loadModel, saveModel } from '@fn/keras'

// Trains a model in fn, goes on in Keras on several devices, and brings it back: npm run data-parallel -w @fn/keras. It needs
// the Python environment of tooling/golden. `docs/beyond-one-machine.md` tells of it.

const golden = join(import.meta.dirname, '../../../tooling/golden')
const python = process.env.FN_GOLDEN_PYTHON ?? join(golden, '.venv/bin/python')
const folder = mkdtempSync(join(tmpdir(), 'fn-parallel-'))
const [here, there, data] = ['here.keras', 'there.keras', 'data.json'].map((file) => join(folder, file)) as [
  string,
  string,
  string,
]

const points = Array.from({ length: 1024 }, (_, at) => [Math.sin(at * 12.9898), Math.sin(at * 78.233)])
const inside = points.map(([a, b]) => [Number(a! * a! + b! * b! < 0.5)])

const backend = await tfjs('wasm')
const x = input({ shape: [2], name: 'point' })
const y = x.pipe(
  layers.dense({ units: 32, activation: 'relu' }),
  layers.dense({ units: 1, activation: 'sigmoid', name: 'inside' }),
)
const circle = model({ inputs: x, outputs: y, name: 'circle' }) as Model
circle.compile({ backend, optimizer: 'adam', loss: 'binaryCrossentropy', metrics: ['accuracy'] })
const batchSize = 32
await circle.fit(points as never, inside as never, { epochs: 5, batchSize, verbose: 'silent' })
console.log('fn, 5 epochs:', await circle.evaluate(points as never, inside as never, { batchSize }))
await saveModel(circle, here)

writeFileSync(data, JSON.stringify({ x: points, y: inside, epochs: 10, batchSize }))
const { stdout, stderr, status } = spawnSync(python, [join(golden, 'data_parallel.py'), here, there, data], {
  encoding: 'utf8',
})
if (status !== 0) throw new Error(stderr)
console.log('Keras, 10 more, on several devices:', JSON.parse(stdout.trim().split('\n').at(-1)!))

const back = await loadModel(there, { backend })
console.log('back in fn:', await back.evaluate(points as never, inside as never, { batchSize }))
await back.fit(points as never, inside as never, { epochs: 5, batchSize, verbose: 'silent' })
console.log('fn, 5 more:', await back.evaluate(points as never, inside as never, { batchSize }))
rmSync(folder, { recursive: true })
