import { input, layers, model } from '@fn/core'
import { mnist } from './data/mnist.ts'
import { oneHot } from './data/one-hot.ts'
import { digitClassifier } from './dense.ts'
import { maxDifference } from './harness/in-onnxruntime.ts'
import type { Program } from './harness/program.ts'

/** How many pictures a sequence has. */
const STEPS = 20

export const timeDistributed: Program = {
  name: 'time-distributed',
  title: 'A classifier of pictures over sequences of them',
  atLeast: 0.94,

  async run({ backend, quick, print, verbose }) {
    // The classifier of digits, at each of 20 pictures: a layer of the new model like any other.
    const classifier = digitClassifier()
    const sequence = input({ shape: [STEPS, 784] })
    const digits = layers.timeDistributed(classifier)(sequence)
    const reader = model({ inputs: sequence, outputs: digits })
    reader.summary({ print })
    reader.compile({ backend, optimizer: 'rmsprop', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })

    const { train, test } = mnist(quick ? { train: 320, test: 60 } : undefined)
    const held = { x: test.images, y: oneHot(test.labels, 10) }
    const { history } = await reader.fit(train.images, oneHot(train.labels, 10), {
      epochs: quick ? 1 : 3,
      batchSize: 8,
      validationData: held,
      verbose,
    })
    const { accuracy } = await reader.evaluate(held.x, held.y)

    // What it learned on sequences, the classifier knows of single pictures.
    classifier.compile({ backend })
    const ofSequences = await reader.predict(held.x)
    const ofPictures = await classifier.predict(held.x)
    const distance = maxDifference(ofSequences.data, ofPictures.data)
    print(`Asked one by one, the classifier answers the same, up to ${distance}.`)

    return {
      model: reader,
      samples: [held.x],
      history,
      accuracy,
      figures: { distanceToClassifier: distance },
    }
  },
}
