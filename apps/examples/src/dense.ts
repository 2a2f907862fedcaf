import { input, layers, model } from '@fn/core'
import { mnist } from './data/mnist.ts'
import { oneHot } from './data/one-hot.ts'
import type { Program } from './harness/program.ts'

/** A densely connected network that tells ten digits apart. */
export function digitClassifier() {
  const image = input({ shape: [784] })

  // A layer is callable on a tensor, and gives a tensor.
  const first = layers.dense({ units: 64, activation: 'relu' })(image)
  const second = layers.dense({ units: 64, activation: 'relu' })(first)
  const digit = layers.dense({ units: 10, activation: 'softmax' })(second)

  // A model holds what lies between its inputs and its outputs.
  return model({ inputs: image, outputs: digit })
}

export const dense: Program = {
  name: 'dense',
  title: 'A densely connected network',
  atLeast: 0.96,

  async run({ backend, quick, print, verbose }) {
    const classifier = digitClassifier()
    classifier.summary({ print })
    classifier.compile({
      backend,
      optimizer: 'rmsprop',
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    })

    const { train, test } = mnist(quick ? { train: 256, test: 64 } : undefined)
    const held = { x: test.images, y: oneHot(test.labels, 10) }
    const { history } = await classifier.fit(train.images, oneHot(train.labels, 10), {
      epochs: quick ? 1 : 5,
      batchSize: 128,
      validationData: held,
      verbose,
    })
    const { accuracy } = await classifier.evaluate(held.x, held.y, { batchSize: 1000 })
    return { model: classifier, samples: [held.x], history, accuracy }
  },
}
