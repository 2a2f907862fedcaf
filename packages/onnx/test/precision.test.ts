import { Builder, input, layers, type Model, model } from '@fn/core'
import {
  accuracyLoss,
  type Deviation,
  programToOnnx,
  type ToOnnxOptions,
  toOnnx,
  toOnnxFiles,
} from '@fn/onnx'
import { TensorProto_DataLocation, TensorProto_DataType } from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { answersOf, distanceFromReference, drawn, opened } from './answers.ts'
import { decode, graphOf, ops } from './decode.ts'
import { classifier, tagger } from './models.ts'

async function loss(made: Model, options: ToOnnxOptions): Promise<Deviation> {
  const inputs = drawn(made, [8, 5])
  const batch = Object.fromEntries(made.inputPorts.map(({ name }, at) => [name, inputs[at]!]))
  const files = { exact: toOnnx(made), approximate: toOnnx(made, options) }
  const found = await accuracyLoss({ ...files, batches: [batch], open: opened })
  return Object.values(found).at(-1)!
}

describe('a file in float16', () => {
  it('is half as large, and takes and gives float32', async () => {
    const made = classifier()
    const [full, half] = [toOnnx(made), toOnnx(made, { float16: true })]
    expect(half.length / full.length).toBeLessThan(0.6)
    const graph = graphOf(half)
    const types = [...graph.input, ...graph.output].map(({ type }) => type!.value)
    for (const type of types)
      expect(type.case === 'tensorType' && type.value.elemType).toBe(TensorProto_DataType.FLOAT)
    expect(graph.output.map(({ name }) => name)).toEqual(['digit', 'logits'])
    expect(await distanceFromReference(made, half)).toBeLessThan(0.02)
    expect((await loss(made, { float16: true })).agreement).toBe(1)
  })

  it('keeps sums and powers in float32', () => {
    const graph = graphOf(toOnnx(classifier(), { float16: true, opset: 17 }))
    const halves = new Set(
      graph.valueInfo.flatMap(({ name, type }) =>
        type!.value.case === 'tensorType' && type!.value.value.elemType === TensorProto_DataType.FLOAT16
          ? [name]
          : [],
      ),
    )
    const inHalf = graph.node.filter(({ output }) => halves.has(output[0]!)).map(({ opType }) => opType)
    expect(inHalf).toEqual(expect.arrayContaining(['Conv', 'Relu', 'Add', 'MaxPool', 'Gemm', 'Tanh']))
    for (const op of ['Softmax', 'LayerNormalization']) expect(inHalf).not.toContain(op)
    // One at the beginning, around the normalization, and one for each output.
    expect(ops(graph).filter((op) => op === 'Cast')).toHaveLength(4)
  })

  it('has recurrences and loops that compute in float32, over weights of half the size', async () => {
    const made = tagger()
    const [full, half] = [toOnnx(made), toOnnx(made, { float16: true })]
    expect(half.length / full.length).toBeLessThan(0.75)
    expect(await distanceFromReference(made, half)).toBeLessThan(5e-3)
  })

  it('leaves what float16 can not hold as it is', async () => {
    const x = input({ shape: [4], name: 'x' })
    const made = model({
      inputs: x,
      outputs: layers.lambda((b, value) => b.mul(b.mul(value, 1e6), 1e-6))(x),
    }) as Model
    expect(await distanceFromReference(made, toOnnx(made, { float16: true }))).toBeLessThan(1e-6)
  })
})

describe('a file in int8', () => {
  it('is a quarter as large, with scales for each channel', async () => {
    const made = classifier()
    const [full, small] = [toOnnx(made), toOnnx(made, { quantize: 'int8' })]
    expect(small.length / full.length).toBeLessThan(0.4)
    const { initializer } = graphOf(small)
    const dims = (name: string): number[] => initializer.find((one) => one.name === name)!.dims.map(Number)
    expect(dims('hidden/kernel/int8')).toEqual([1024, 32])
    expect(dims('hidden/kernel/scale')).toEqual([32])
    const deviation = await loss(made, { quantize: 'int8' })
    expect(deviation.relative).toBeLessThan(0.05)
    expect(deviation.agreement).toBeGreaterThan(0.85)
  })

  it('multiplies in integers where a weight is a matrix, and rounds each operand once', () => {
    const made = classifier()
    const graph = graphOf(toOnnx(made, { quantize: 'int8' }))
    expect(ops(graph).filter((op) => op === 'MatMulInteger')).toHaveLength(2)
    expect(ops(graph)).not.toContain('Gemm')
    const x = input({ shape: [64] })
    const dense = [1, 2].map((units) => layers.dense({ units: units * 32 })(x))
    const twins = graphOf(
      toOnnx(model({ inputs: x, outputs: dense }) as unknown as Model, { quantize: 'int8' }),
    )
    expect(ops(twins).filter((op) => op === 'DynamicQuantizeLinear')).toHaveLength(1)
  })

  it('holds the tables, kernels and gates of a tagger', async () => {
    const made = tagger()
    const [full, small] = [toOnnx(made), toOnnx(made, { quantize: 'int8' })]
    expect(small.length / full.length).toBeLessThan(0.6)
    expect((await loss(made, { quantize: 'int8' })).relative).toBeLessThan(0.1)
  })

  it('and in float16 at once is refused', () => {
    expect(() => toOnnx(classifier(), { quantize: 'int8', float16: true })).toThrow(
      'Expected one of float16 and quantize. Received: both.',
    )
    expect(() => toOnnx(classifier(), { quantize: 'int4' as 'int8' })).toThrow(
      `quantize: expected 'int8'. Received: "int4".`,
    )
  })
})

describe('weights in a file of their own', () => {
  it('stand where the model says, and answer alike', async () => {
    const made = classifier()
    const { model: bytes, data, dataPath } = toOnnxFiles(made, { externalData: true, name: 'digits' })
    expect(dataPath).toBe('digits.onnx.data')
    const kernel = graphOf(bytes).initializer.find(({ name }) => name === 'hidden/kernel')!
    expect(kernel.dataLocation).toBe(TensorProto_DataLocation.EXTERNAL)
    const place = Object.fromEntries(kernel.externalData.map(({ key, value }) => [key, value]))
    expect(place).toMatchObject({ location: dataPath, length: `${1024 * 32 * 4}` })
    expect(Number(place.offset) % 64).toBe(0)
    const inputs = drawn(made)
    const feeds = { image: inputs[0]! }
    const inside = await answersOf(toOnnx(made), feeds)
    const outside = await answersOf(bytes, feeds, { externalData: [{ path: dataPath, data: data! }] })
    expect(outside).toEqual(inside)
  })

  it('are there only where they are asked for or needed', () => {
    const { data, model: bytes } = toOnnxFiles(classifier())
    expect(data).toBeUndefined()
    expect(decode(bytes).graph!.initializer.every(({ externalData }) => externalData.length === 0)).toBe(true)
  })

  it('are asked for where one file can not hold them', () => {
    const b = new Builder()
    const rows = 2 ** 20
    const table = b.input({ shape: [rows, 512], dtype: 'float32' }, 'table')
    const program = b.build({ y: b.gather(table, b.input({ shape: ['batch'], dtype: 'int32' }, 'at')) })
    const initializers = {
      table: { shape: [rows, 512], dtype: 'float32', data: new Float32Array(rows * 512) },
    } as const
    expect(() => programToOnnx(program, { initializers })).toThrow(
      'The weights take 2.1 GB, and an ONNX file holds 2 GB: write them into one of their own, with toOnnxFiles.',
    )
  })
})
