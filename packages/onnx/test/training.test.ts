import { reference } from '@fn/backend-reference'
import {
  Generator,
  type HostArray,
  input,
  layers,
  type Model,
  type ModelCompileOptions,
  model,
  trainingProgram,
} from '@fn/core'
import { toOnnx } from '@fn/onnx'
import { InferenceSession } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { opened } from './answers.ts'
import { graphOf, shapeOf } from './decode.ts'

const oracle = await reference()

function network(loss: 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy'): Model {
  const x = input({ shape: [6, 6, 2], name: 'image' })
  const y = x.pipe(
    // A bias before a normalization has no slope but rounding, which Adam makes large.
    layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, name: 'conv' }),
    layers.batchNormalization({ name: 'norm' }),
    layers.activation({ activation: 'relu' }),
    layers.flatten(),
    layers.dense({ units: 3, activation: 'softmax', name: 'digit' }),
  )
  const made = model({ inputs: x, outputs: y }) as Model
  const options: ModelCompileOptions = { backend: oracle, optimizer: 'adam', loss, metrics: ['accuracy'] }
  made.compile(options)
  return made
}

const generator = new Generator(3)
const images: HostArray = {
  shape: [8, 6, 6, 2],
  dtype: 'float32',
  data: Float32Array.from(generator.normal(8 * 72)),
}
const numbers: HostArray = {
  shape: [8],
  dtype: 'int32',
  data: Int32Array.from({ length: 8 }, (_, at) => at % 3),
}

describe('a file of training', () => {
  it('takes the state, a batch and its targets, and gives the loss and the next state', () => {
    const made = network('sparseCategoricalCrossentropy')
    const graph = graphOf(toOnnx(made, { training: true, batch: 8 }))
    const names = graph.input.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'conv/kernel',
        'optimizer/iterations',
        'image',
        'digit/target',
        'learning_rate',
      ]),
    )
    expect(shapeOf(graph, 'digit/target')).toEqual([8])
    const { state } = trainingProgram(made)
    const outputs = graph.output.map(({ name }) => name)
    expect(outputs).toEqual(
      expect.arrayContaining([
        'loss',
        'conv/kernel/next',
        'norm/moving_mean/next',
        'optimizer/iterations/next',
      ]),
    )
    for (const name of Object.keys(state)) expect(names).toContain(name)
  })

  it('fed with what it gave, step by step, trains as fit does', async () => {
    const made = network('sparseCategoricalCrossentropy')
    const step = await opened(toOnnx(made, { training: true, batch: 8 }))
    const feeds = {
      image: images,
      'digit/target': numbers,
      learning_rate: { shape: [], dtype: 'float32', data: Float32Array.of(0.001) },
    } as const
    let state: Readonly<Record<string, HostArray>> = Object.fromEntries(
      Object.entries(trainingProgram(made).state).map(([name, array]) => [
        name,
        array.dtype === 'float32' ? { ...array, data: Float32Array.from(array.data) } : array,
      ]),
    )
    const losses: number[] = []
    for (let at = 0; at < 3; at++) {
      const next = await step({ ...state, ...feeds })
      losses.push(next.loss!.data[0]!)
      state = Object.fromEntries(
        Object.keys(state).map((name) => [name, next[`${name}/next`] ?? state[name]!]),
      )
    }
    const { history } = await made.fit(images as never, numbers as never, {
      epochs: 3,
      batchSize: 8,
      shuffle: false,
      verbose: 'silent',
    })
    for (const [at, loss] of history.loss!.entries()) expect(losses[at]).toBeCloseTo(loss, 5)
    for (const { path, variable } of made.weights) {
      variable.data.forEach((value: number, at: number) => {
        expect(state[path]!.data[at]).toBeCloseTo(value, 5)
      })
    }
  })

  it('takes batches of any size where none is given', async () => {
    const made = network('categoricalCrossentropy')
    const bytes = toOnnx(made, { training: true })
    expect(shapeOf(graphOf(bytes), 'digit/target')).toEqual(['batch', 3])
    const session = await InferenceSession.create(bytes)
    expect(session.outputNames).toContain('loss')
    await session.release()
  })

  it('needs a model that is compiled', () => {
    const x = input({ shape: [2] })
    const made = model({ inputs: x, outputs: layers.dense({ units: 1 })(x), name: 'plain' }) as Model
    expect(() => toOnnx(made, { training: true })).toThrow(
      'Functional "plain" must be compiled before its training is written: call compile({ backend, optimizer, loss }) first.',
    )
  })
})
