import { loadModel, saveModel } from '@fn/keras'
import { type EngineName, engines } from './engines.ts'
import { sentences } from './models.ts'

// A process of its own: ENGINE FROM INITIAL-EPOCH EPOCHS TO

const [engine, from, initialEpoch, epochs, to] = process.argv.slice(2) as [
  EngineName,
  string,
  string,
  string,
  string,
]
const backend = await engines[engine]()
const model = await loadModel(from, { backend })
const { x, y } = sentences(20)
await model.fit(x, y, {
  initialEpoch: Number(initialEpoch),
  epochs: Number(epochs),
  batchSize: 8,
  verbose: 'silent',
})
await saveModel(model, to)
