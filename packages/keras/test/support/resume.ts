import { reference } from '@fn/backend-reference'
import { tfjs } from '@fn/backend-tfjs'
import { loadModel, saveModel } from '@fn/keras'
import { sentences } from './models.ts'

// A process of its own: ENGINE FROM INITIAL-EPOCH EPOCHS TO

const [engine, from, initialEpoch, epochs, to] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
]
const backend = engine === 'reference' ? await reference() : await tfjs('wasm')
const model = await loadModel(from, { backend })
const { x, y } = sentences(20)
await model.fit(x, y, {
  initialEpoch: Number(initialEpoch),
  epochs: Number(epochs),
  batchSize: 8,
  verbose: 'silent',
})
await saveModel(model, to)
