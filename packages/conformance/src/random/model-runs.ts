import { type Backend, type HostArray, type Model, optimizers } from '@fn/core'
import { listOf } from '../keras/keras-report.ts'
import { drawInput } from '../ops/values.ts'
import { BATCH, type DrawnModel } from './random-model.ts'

/** What backends are to agree on. */
export type ModelRun = (
  drawn: DrawnModel,
  backend: Backend,
) => Promise<readonly (readonly [name: string, array: HostArray])[]>

/** What a model predicts. */
export const predictions: ModelRun = async ({ model, weights, inputs }, backend) => {
  model.setWeights(weights)
  return compiled(model, backend, async () => {
    const predicted = listOf((await model.predict(inForm(model.inputs, inputs))) as object)
    return model.outputPorts.map(({ name }, at) => [name, predicted[at]!])
  })
}

/** The weights after one step, so large that the slopes are what counts. */
export const trainedWeights: ModelRun = async ({ model, weights, inputs, seed }, backend) => {
  if (!model.weights.some(({ trainable }) => trainable)) return []
  model.setWeights(weights)
  const targets = model.outputPorts.map(({ tensor: { shape } }, at) =>
    drawInput(
      { shape: [BATCH, ...(shape.slice(1) as number[])], dtype: 'float32', domain: 'any' },
      at,
      seed + 1,
    ),
  )
  return compiled(model, backend, async () => {
    await model.trainOnBatch(inForm(model.inputs, inputs), inForm(model.outputs, targets))
    const after = model.getWeights()
    return model.weights.map(({ path }, at) => [path, after[at]!])
  })
}

/** What comes of a model on a backend, on which it leaves nothing. */
async function compiled<T>(model: Model, backend: Backend, use: () => Promise<T>): Promise<T> {
  model.compile({ backend, optimizer: optimizers.sgd({ learningRate: 10 }), loss: 'mse', seed: 1 })
  try {
    return await use()
  } finally {
    await model.dispose()
  }
}

/** Data as a model with inputs or outputs of this form takes it: one array, or a list. */
const inForm = (structure: object, arrays: readonly HostArray[]): never =>
  ('dtype' in structure ? arrays[0] : arrays) as never
