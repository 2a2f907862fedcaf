import { type Backend, type Model, sizeOf } from '@fn/core'
import type { Workload } from './workload.ts'

/** Trains one workload: one step on the batch that is always the same. */
export type Step = () => Promise<unknown>

/** Makes the steps of a workload ready on one engine. */
export type Engine = (workload: Workload) => Promise<Step>

const withFn =
  (load: () => Promise<Backend>): Engine =>
  async (workload) => {
    const model = workload.model()
    model.compile({ ...workload.training, backend: await load() })
    return stepsOf(model, workload)
  }

/** The steps of a single fit, which stays under way: each begins when it is asked for. */
function stepsOf(model: Model, { batch, batchSize }: Workload): Step {
  const { x, y } = batch()
  const shaped = <T extends Float32Array | Int32Array>(
    data: readonly T[],
    shapes: readonly (number | null)[][],
  ) =>
    data.map((elements, at) => {
      const shape = [batchSize, ...(shapes[at]!.slice(1) as number[])]
      if (sizeOf(shape) !== elements.length) throw new Error(`a batch that does not fit [${shape}]`)
      return { shape, data: elements }
    })
  const given = {
    x: shaped(
      x,
      model.inputPorts.map(({ tensor }) => [...tensor.shape]),
    ),
    y: shaped(
      y,
      model.outputPorts.map(({ tensor }) => [...tensor.shape]),
    ),
  }
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
      yield given
      answer()
    }
  }
  // To look through the batch for what is no number is the work of once, not of each step.
  model.fit(batches, { verbose: 'silent', checkFinite: false }).catch((error: unknown) => fail(error))
  return () =>
    new Promise<void>((resolve, reject) => {
      answer = resolve
      fail = reject
      ask()
    })
}

async function withTfjsLayers({ tfjsLayers, batch, batchSize }: Workload): Promise<Step> {
  const { tfjs } = await import('@fn/backend-tfjs')
  await tfjs('wasm')
  const tf = await import('@tensorflow/tfjs-core')
  const model = tfjsLayers!()
  const { x, y } = batch()
  const tensors = (data: readonly (Float32Array | Int32Array)[], shapes: readonly (number | null)[][]) =>
    data.map((elements, at) => tf.tensor(elements, [batchSize, ...(shapes[at]!.slice(1) as number[])]))
  const shapesOf = (list: readonly { readonly shape: (number | null)[] }[]) => list.map(({ shape }) => shape)
  const [inputs, targets] = [tensors(x, shapesOf(model.inputs)), tensors(y, shapesOf(model.outputs))]
  return () => model.trainOnBatch(inputs, targets)
}

/** The engines that run in Node. */
export const engines: Readonly<Record<string, Engine>> = {
  'fn onnxruntime cpu': withFn(async () => (await import('@fn/backend-onnxruntime')).onnxruntime('cpu')),
  'fn tfjs wasm': withFn(async () => (await import('@fn/backend-tfjs')).tfjs('wasm')),
  'tfjs-layers wasm': withTfjsLayers,
}
