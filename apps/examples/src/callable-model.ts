import { input, model } from '@fn/core'
import { mnist } from './data/mnist.ts'
import { oneHot } from './data/one-hot.ts'
import { digitClassifier } from './dense.ts'
import { maxDifference } from './harness/in-onnxruntime.ts'
import type { Program } from './harness/program.ts'

export const callableModel: Program = {
  name: 'callable-model',
  title: 'A model is callable, just like a layer',
  atLeast: 0.94,

  async run({ backend, quick, print, verbose }) {
    const classifier = digitClassifier()
    classifier.compile({
      backend,
      optimizer: 'rmsprop',
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    })
    const { train, test } = mnist(quick ? { train: 256, test: 64 } : undefined)
    const { history } = await classifier.fit(train.images, oneHot(train.labels, 10), {
      epochs: quick ? 1 : 2,
      batchSize: 128,
      verbose,
    })

    // Called on a tensor, a model brings along not only its architecture but its weights.
    const photograph = input({ shape: [784] })
    const reader = model({ inputs: photograph, outputs: classifier(photograph) })
    reader.compile({ backend, loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    reader.summary({ print })

    const mine = new Set(classifier.weights.map(({ variable }) => variable))
    const shared = reader.weights.filter(({ variable }) => mine.has(variable)).length
    print(`${shared} of the ${mine.size} weights of the classifier are weights of the new model.`)

    const before = await classifier.predict(test.images)
    const after = await reader.predict(test.images)
    const distance = maxDifference(before.data, after.data)
    print(`The largest distance between an answer of the one and of the other is ${distance}.`)

    const { accuracy } = await reader.evaluate(test.images, oneHot(test.labels, 10), { batchSize: 1000 })
    return {
      model: reader,
      samples: [test.images],
      history,
      accuracy,
      figures: { sharedWeights: shared, distanceToOriginal: distance },
    }
  },
}
