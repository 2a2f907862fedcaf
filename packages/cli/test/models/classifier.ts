import { input, layers, model, setRandomSeed } from '@fn/core'

setRandomSeed(1)
const tokens = input({ shape: [null], dtype: 'int32', name: 'tokens' })
const extra = input({ shape: [4], name: 'extra' })
const shared = layers.dense({ units: 4, activation: 'tanh', name: 'shared' })
const read = tokens.pipe(
  layers.embedding({ inputDim: 9, outputDim: 5, name: 'words' }),
  layers.lstm({ units: 4, name: 'read' }),
)
const joined = layers.concatenate({ name: 'joined' })([shared(read), shared(extra)])

/** Two inputs, one of them open and whole numbers in a range; a layer that is called twice. */
export default model({
  inputs: [tokens, extra],
  outputs: layers.dense({ units: 2, activation: 'softmax', name: 'class' })(joined),
  name: 'classifier',
})
