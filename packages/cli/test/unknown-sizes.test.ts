import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createReference } from '@fn/backend-reference'
import { type Model, trainingProgram, verify } from '@fn/core'
import { type GoldenTensor, listFixtures, loadFixture } from '@fn/golden'
import { modelFromKeras } from '@fn/keras'
import { toOnnx } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { runFn } from './fn.ts'

const folder = mkdtempSync(join(tmpdir(), 'fn-sizes-'))
afterAll(() => rmSync(folder, { recursive: true }))

const names = listFixtures('dynamicShapes')
const bytesOf = (name: string): Uint8Array => Buffer.from(loadFixture('dynamicShapes', name).file, 'base64')

const opened = (bytes: Uint8Array): Promise<InferenceSession> =>
  InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 })

type Numbers = Pick<GoldenTensor, 'shape' | 'data'>

const tensorOf = ({ data, shape }: Numbers): Tensor =>
  new Tensor('float32', data instanceof Float32Array ? data : Float32Array.from(data), shape)

function expectNear({ dims, data }: Tensor, expected: Numbers, tolerance: number): void {
  expect(dims).toEqual(expected.shape)
  const values = Array.from(expected.data)
  const scale = Math.max(1, ...values.map(Math.abs))
  const worst = Math.max(...values.map((value, i) => Math.abs(value - Number(data[i]))))
  expect(worst / scale).toBeLessThan(tolerance)
}

function feedsOf(model: Model, inputs: readonly Numbers[]): Record<string, Tensor> {
  return Object.fromEntries(model.inputPorts.map(({ name }, i) => [name, tensorOf(inputs[i]!)]))
}

async function expectAnswersOfKeras(name: string, opset?: number): Promise<InferenceSession> {
  const model = await modelFromKeras(bytesOf(name))
  const session = await opened(toOnnx(model, opset === undefined ? {} : { opset }))
  const { runs } = loadFixture('dynamicShapes', name)
  expect(runs).toHaveLength(3)
  for (const { inputs, output } of runs) {
    const answers = await session.run(feedsOf(model, inputs))
    expectNear(answers[model.outputPorts[0]!.name]!, output, 1e-5)
  }
  return session
}

const shapesOf = (metadata: readonly InferenceSession.ValueMetadata[]) =>
  metadata.map((value) => (value.isTensor ? value.shape : []))

describe('an exported model with unknown sizes', () => {
  it.each(names)('answers as Keras at three sizes: %s', async (name) => {
    const session = await expectAnswersOfKeras(name)
    const model = await modelFromKeras(bytesOf(name))
    const ports = [...model.inputPorts, ...model.outputPorts]
    const shapes = [...shapesOf(session.inputMetadata), ...shapesOf(session.outputMetadata)]
    expect(shapes).toHaveLength(ports.length)
    shapes.forEach((shape, i) => {
      const known = ports[i]!.tensor.shape
      expect(shape).toHaveLength(known.length)
      shape.forEach((size, axis) => {
        if (known[axis] === null) expect(size).toBe(ports[i]!.tensor.dims[axis])
        else expect(size).toBe(known[axis])
      })
    })
    await session.release()
  })

  it.each(
    [13, 23].flatMap((opset) =>
      ['unet', 'slices', 'crnn', 'transposed'].map((name) => [name, opset] as const),
    ),
  )('answers as Keras at three sizes: %s, opset %i', async (name, opset) => {
    const session = await expectAnswersOfKeras(name, opset)
    await session.release()
  })

  it.each(['fcn', 'twoInputs'])('passes fn export: %s', async (name) => {
    const path = join(folder, `${name}.keras`)
    writeFileSync(path, bytesOf(name))
    const { code, stdout, stderr } = await runFn(['export', path, '-o', join(folder, `${name}.onnx`)], {
      cwd: folder,
    })
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
    const session = await opened(readFileSync(join(folder, `${name}.onnx`)))
    const model = await modelFromKeras(bytesOf(name))
    for (const { inputs, output } of loadFixture('dynamicShapes', name).runs) {
      const answers = await session.run(feedsOf(model, inputs))
      expectNear(answers[session.outputNames[0]!]!, output, 1e-5)
    }
    await session.release()
  })
})

describe('an exported training step with unknown sizes', () => {
  it.each(names)('has the loss of Keras, and the weights that follow: %s', async (name) => {
    const { runs, target, loss, outputAfter } = loadFixture('dynamicShapes', name)
    const model = await modelFromKeras(bytesOf(name), { backend: createReference() })
    const { program, state } = trainingProgram(model)
    verify(program)
    const step = await opened(toOnnx(model, { training: true }))
    const { inputs } = runs[0]!
    const feeds: Record<string, Tensor> = feedsOf(model, inputs)
    for (const [key, { dtype, data, shape }] of Object.entries(state))
      feeds[key] = new Tensor(dtype as 'float32', data as Float32Array, shape)
    feeds[`${model.outputPorts[0]!.name}/target`] = tensorOf(target)
    feeds.learning_rate = tensorOf({ shape: [], data: Float32Array.of(0.05) })
    const found = await step.run(feeds)
    expect(Math.abs(Number(found.loss!.data[0]) - loss)).toBeLessThan(1e-5 * Math.max(1, loss))
    model.setWeights(
      model.weights.map(({ path, variable }) => {
        const next = found[`${path}/next`]
        return next === undefined
          ? variable.value
          : { shape: [...next.dims], dtype: 'float32', data: next.data as Float32Array }
      }),
    )
    const session = await opened(toOnnx(model))
    const after = await session.run(feedsOf(model, inputs))
    expectNear(after[model.outputPorts[0]!.name]!, outputAfter, 1e-4)
    await Promise.all([step.release(), session.release()])
    await model.dispose()
  })
})
