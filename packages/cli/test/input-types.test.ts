import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type GoldenTensor, listFixtures, loadFixture } from '@fn/golden'
import { modelFromKeras } from '@fn/keras'
import { toOnnx } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { runFn } from './fn.ts'

const folder = mkdtempSync(join(tmpdir(), 'fn-types-'))
afterAll(() => rmSync(folder, { recursive: true }))

const bytesOf = (base64: string): Uint8Array => {
  const bytes = Buffer.from(base64, 'base64')
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
}

const holders = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  bool: Uint8Array,
}

function tensorOf(type: string, { data, shape }: GoldenTensor): Tensor {
  if (type === 'int64') return new Tensor('int64', BigInt64Array.from(Array.from(data, BigInt)), shape)
  const holder = holders[type as keyof typeof holders]
  return new Tensor(type as 'float32', holder.from(data as Float32Array) as Float32Array, shape)
}

describe('an exported model', () => {
  // JavaScript has no arrays of these that ONNX Runtime takes.
  const halves = ['floats-float16', 'floats-bfloat16']
  it.each(listFixtures('dtypes').filter((name) => !halves.includes(name)))(
    'keeps the types of its inputs, and answers as Keras: %s',
    async (name) => {
      const { file, inputs, outputs } = loadFixture('dtypes', name)
      const model = await modelFromKeras(bytesOf(file))
      const session = await InferenceSession.create(toOnnx(model))
      const types = session.inputMetadata.map((input) => (input.isTensor ? input.type : ''))
      expect(types).toEqual(model.inputPorts.map(({ dataType }) => dataType))
      if (name.includes('-')) expect(types).toEqual([name.split('-')[1]])
      const feeds = session.inputNames.map((input, i) => [input, tensorOf(types[i]!, inputs[i]!)] as const)
      const answers = await session.run(Object.fromEntries(feeds))
      outputs.forEach((expected, i) => {
        const found = answers[session.outputNames[i]!]!.data as Float32Array
        expected.data.forEach((value, k) => {
          expect(Math.abs(found[k]! - value)).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)))
        })
      })
    },
  )

  it.each(['image-uint8', 'indices-int64', 'booleans'])(
    'of such a file passes fn export: %s',
    async (name) => {
      const path = join(folder, `${name}.keras`)
      writeFileSync(path, bytesOf(loadFixture('dtypes', name).file))
      const { code, stdout, stderr } = await runFn(['export', path, '-o', join(folder, `${name}.onnx`)], {
        cwd: folder,
      })
      expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
    },
  )
})
