import { type Backend, type Model, sizeOf } from '@fn/core'
import { toOnnx } from '@fn/onnx'
import type { Workload } from './workload.ts'

/** What is timed: a step of training, or a prediction of one row, or of 32. */
export type Phase = 'train' | 'predict 1' | 'predict 32'

export const phases: readonly Phase[] = ['train', 'predict 1', 'predict 32']

/** The phases of one workload, each ready to be repeated; what an engine can not do is missing. */
export type Jobs = { readonly [Name in Phase]?: () => Promise<unknown> }

/** Makes a workload ready on one engine. */
export type Engine = (workload: Workload) => Promise<Jobs>

interface Rows {
  readonly shape: number[]
  readonly data: Float32Array | Int32Array
}

/** Data as the arrays of these shapes, whose first axis is that of the rows. */
function shaped(
  data: readonly (Float32Array | Int32Array)[],
  ports: Model['inputPorts'] | Model['outputPorts'],
  batchSize: number,
): readonly Rows[] {
  return data.map((elements, at) => {
    const shape = [batchSize, ...(ports[at]!.tensor.shape.slice(1) as number[])]
    if (sizeOf(shape) !== elements.length) throw new Error(`a batch that does not fit [${shape}]`)
    return { shape, data: elements }
  })
}

/** So many rows, those of the batch again and again. */
function rows(list: readonly Rows[], count: number): readonly Rows[] {
  return list.map(({ shape: [, ...rest], data }) => {
    const taken = Array.from({ length: count * sizeOf(rest) }, (_, at) => data[at % data.length]!)
    const kind = data instanceof Int32Array ? Int32Array : Float32Array
    return { shape: [count, ...rest], data: kind.from(taken) }
  })
}

const oneOrAll = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0]! : list)

const withFn =
  (load: () => Promise<Backend>, predictions: (model: Model, x: readonly Rows[]) => Promise<Jobs>): Engine =>
  async (workload) => {
    const backend = await load()
    const compiled = (): Model => {
      const model = workload.model()
      model.compile({ ...workload.training, backend })
      return model
    }
    const model = compiled()
    const { x, y } = workload.batch()
    const given = {
      x: shaped(x, model.inputPorts, workload.batchSize),
      y: shaped(y, model.outputPorts, workload.batchSize),
    }
    // The model that trains is at work all the time.
    return { train: stepsOf(model, given), ...(await predictions(compiled(), given.x)) }
  }

const byPredict = async (model: Model, x: readonly Rows[]): Promise<Jobs> => {
  const predict = (count: number) => {
    const given = oneOrAll(rows(x, count))
    return () => model.predict(given as never, { batchSize: count })
  }
  return { 'predict 1': predict(1), 'predict 32': predict(32) }
}

/** The exported file in a session of its own: how a model is deployed. */
const byExport = async (model: Model, x: readonly Rows[]): Promise<Jobs> => {
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const session = await InferenceSession.create(toOnnx(model))
  const predict = (count: number) => {
    const feeds = rows(x, count).map(({ shape, data }, at) => {
      const { name, tensor } = model.inputPorts[at]!
      return [name, new Tensor(tensor.dtype, data as Float32Array, shape)] as const
    })
    return () => session.run(Object.fromEntries(feeds))
  }
  return { 'predict 1': predict(1), 'predict 32': predict(32) }
}

/** The steps of a single fit, which stays under way: each begins when it is asked for. */
function stepsOf(model: Model, given: object): () => Promise<unknown> {
  let ask: () => void = () => {}
  let asked = new Promise<void>((resolve) => {
    ask = resolve
  })
  let answer: () => void = () => {}
  let fail: (error: unknown) => void = () => {}
  async function* batches() {
    for (;;) {
      await asked
      asked = new Promise((resolve) => {
        ask = resolve
      })
      yield given as never
      answer()
    }
  }
  // To look through the batch for what is no number is the work of once, not of each step.
  const begin = once(() => {
    model.fit(batches, { verbose: 'silent', checkFinite: false }).catch((error: unknown) => fail(error))
  })
  return () =>
    new Promise<void>((resolve, reject) => {
      answer = resolve
      fail = reject
      begin()
      ask()
    })
}

function once(begin: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) begin()
    isDone = true
  }
}

const withTfjsLayers =
  (name: 'wasm' | 'cpu'): Engine =>
  async ({ tfjsLayers, batch, batchSize }) => {
    const { tfjs } = await import('@fn/backend-tfjs')
    await tfjs(name)
    const tf = await import('@tensorflow/tfjs-core')
    const model = tfjsLayers!()
    const { x, y } = batch()
    const tensors = (data: readonly (Float32Array | Int32Array)[], shapes: readonly (number | null)[][]) =>
      data.map((elements, at) => tf.tensor(elements, [batchSize, ...(shapes[at]!.slice(1) as number[])]))
    const shapesOf = (list: readonly { readonly shape: (number | null)[] }[]) =>
      list.map(({ shape }) => shape)
    const [inputs, targets] = [tensors(x, shapesOf(model.inputs)), tensors(y, shapesOf(model.outputs))]
    const predict = (count: number) => {
      const given = inputs.map((all) => tf.slice(all, 0, Math.min(count, batchSize)))
      return async () => {
        for (const answer of [model.predictOnBatch(given)].flat()) {
          await answer.data()
          answer.dispose()
        }
      }
    }
    return {
      train: () => model.trainOnBatch(inputs, targets),
      'predict 1': predict(1),
      'predict 32': predict(32),
    }
  }

const onnxruntime = async () => (await import('@fn/backend-onnxruntime')).onnxruntime('cpu')
const tfjs = async (name: 'wasm' | 'cpu') => (await import('@fn/backend-tfjs')).tfjs(name)

/** The engines that run in Node. Plain JavaScript (cpu) takes seconds a step: it runs where it is asked for. */
export const engines: Readonly<Record<string, Engine>> = {
  'fn onnxruntime cpu': withFn(onnxruntime, byExport),
  'fn tfjs wasm': withFn(() => tfjs('wasm'), byPredict),
  'fn tfjs cpu': withFn(() => tfjs('cpu'), byPredict),
  'tfjs-layers wasm': withTfjsLayers('wasm'),
  'tfjs-layers cpu': withTfjsLayers('cpu'),
}
