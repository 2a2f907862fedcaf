import { input, layers, model } from '@fn/core'
import { digitPairs, SIDE } from './data/digit-pairs.ts'
import { mnist } from './data/mnist.ts'
import type { Program } from './harness/program.ts'

/** Do two pictures show the same digit? One vision model looks at both. */
export function sharedVision() {
  // First, the vision model.
  const digit = input({ shape: [SIDE, SIDE, 1] })
  const features = digit.pipe(
    layers.conv2d({ filters: 64, kernelSize: 3 }),
    layers.conv2d({ filters: 64, kernelSize: 3 }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
  )
  const visionModel = model({ inputs: digit, outputs: features, name: 'vision' })

  // Then, the model that tells digits apart: it has the vision model twice, with the same weights.
  const a = input({ shape: [SIDE, SIDE, 1], name: 'digit_a' })
  const b = input({ shape: [SIDE, SIDE, 1], name: 'digit_b' })
  const both = layers.concatenate()([visionModel(a), visionModel(b)])
  const same = layers.dense({ units: 1, activation: 'sigmoid', name: 'same' })(both)
  return model({ inputs: [a, b], outputs: same })
}

export const sharedVisionProgram: Program = {
  name: 'shared-vision',
  title: 'A shared vision model',
  atLeast: 0.65,

  async run({ backend, quick, print, verbose }) {
    const classifier = sharedVision()
    classifier.summary({ print })
    classifier.compile({
      backend,
      optimizer: 'adam',
      loss: 'binaryCrossentropy',
      metrics: ['accuracy'],
    })

    // The dense layer adds up what the two pictures show. A sum can tell whether they are equal only where they come in
    // order: the smaller digit is the first, and the model learns by how much the other one is larger.
    const digits = mnist(quick ? { train: 200, test: 200 } : undefined)
    const train = digitPairs(digits.train, quick ? 16 : 3000)
    const test = digitPairs(digits.test, quick ? 16 : 1000)
    const held = { x: [test.smaller, test.larger], y: test.same }
    const { history } = await classifier.fit([train.smaller, train.larger], train.same, {
      epochs: quick ? 1 : 2,
      batchSize: 32,
      validationData: held,
      verbose,
    })
    const { accuracy } = await classifier.evaluate(held.x, held.y)
    const few = 100 * SIDE * SIDE
    const samples = held.x.map((pictures) => pictures.subarray(0, few))
    return { model: classifier, samples, history, accuracy }
  },
}
