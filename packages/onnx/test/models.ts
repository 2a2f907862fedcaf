import { input, layers, type Model, model, type SymbolicTensor } from '@fn/core'
import { randomize } from './answers.ts'

const image = (): SymbolicTensor => input({ shape: [16, 16, 3], name: 'image' })

/** An image classifier with normalization, a bypass, and a softmax at its end. */
export function classifier(): Model {
  const x = image()
  const wide = x.pipe(
    layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same', name: 'conv' }),
    layers.batchNormalization({ name: 'norm' }),
    layers.activation({ activation: 'relu' }),
  )
  const y = layers
    .add()([wide, layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same' })(wide)])
    .pipe(
      layers.maxPooling2d(),
      layers.flatten(),
      layers.dense({ units: 32, activation: 'tanh', name: 'hidden' }),
      layers.layerNormalization(),
      layers.dense({ units: 40, name: 'logits' }),
    )
  const made = model({ inputs: x, outputs: [layers.softmax({ name: 'digit' })(y), y] }) as unknown as Model
  randomize(made)
  return made
}

/** A tagger of words in both directions, with a loop for a mask. */
export function tagger(): Model {
  const words = input({ shape: [null], dtype: 'int32', name: 'words' })
  const embedded = layers.embedding({ inputDim: 1000, outputDim: 32, maskZero: true, name: 'table' })(words)
  const y = embedded.pipe(
    layers.bidirectional(layers.gru({ units: 20, returnSequences: true })),
    layers.lstm({ units: 20, returnSequences: true }),
    layers.dense({ units: 40, activation: 'softmax', name: 'tag' }),
  )
  const made = model({ inputs: words, outputs: y }) as Model
  randomize(made)
  return made
}
