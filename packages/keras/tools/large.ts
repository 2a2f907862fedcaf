import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tfjs } from '@fn/backend-tfjs'
import { loadModel } from '@fn/keras'

// Large models of Keras, made once and kept in a folder: they load, and predict what they did there.
//   npm run large -w @fn/keras [FOLDER]

const folder = process.argv[2] ?? join(tmpdir(), 'fn-large-models')
const golden = join(import.meta.dirname, '../../../tooling/golden')
const python = process.env.FN_GOLDEN_PYTHON ?? join(golden, '.venv/bin/python')
spawnSync(python, ['large_models.py', folder], { cwd: golden, stdio: ['ignore', 'inherit', 'ignore'] })

interface Tensor {
  readonly shape: readonly number[]
  readonly data: string
}

const floats = ({ data }: Tensor): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer)

const backend = await tfjs('wasm')
let failed = false
for (const name of ['MobileNetV2', 'ResNet50', 'VGG16', 'EfficientNetB0']) {
  const path = join(folder, `${name}.keras`)
  if (!existsSync(path)) {
    failed = true
    process.stdout.write(`BAD ${name}: it was not made\n`)
    continue
  }
  const record = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as {
    readonly inputs: readonly Tensor[]
    readonly outputs: readonly Tensor[]
  }
  const start = performance.now()
  const model = await loadModel(path)
  const loaded = performance.now() - start
  model.compile({ backend })
  const x = { shape: record.inputs[0]!.shape, dtype: 'float32', data: floats(record.inputs[0]!) } as const
  const { data } = (await model.predict(x as never)) as { readonly data: ArrayLike<number> }
  const expected = floats(record.outputs[0]!)
  const scale = Math.max(...expected.map(Math.abs))
  const worst = Math.max(...expected.map((value, at) => Math.abs(value - data[at]!))) / scale
  await model.dispose()
  const good = worst < 1e-4
  failed ||= !good
  process.stdout.write(
    `${good ? 'ok ' : 'BAD'} ${name.padEnd(14)} ${model.countParams()} parameters, ${statSync(path).size} bytes: loaded in ${Math.round(loaded)} ms, predictions within ${worst.toExponential(1)}\n`,
  )
}
process.exitCode = failed ? 1 : 0
