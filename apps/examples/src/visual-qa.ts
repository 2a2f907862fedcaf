import { input, layers, model, sequential } from '@fn/core'
import { mnist } from './data/mnist.ts'
import { answers, pictureScenes, SIDE, VOCABULARY, WORDS } from './data/scenes.ts'
import type { Program } from './harness/program.ts'

/** How large a model that answers questions is. */
export interface Size {
  /** Pixels of a picture, in width and height. */
  readonly side: number
  /** Filters of the convolutions, before and after each pooling. */
  readonly filters: readonly [number, number, number]
  /** Words of a question. */
  readonly words: number
  readonly vocabulary: number
  /** Numbers that a word, and a question, is encoded in. */
  readonly units: number
  readonly answers: number
}

/** As the guide has it. */
export const guideSize: Size = {
  side: 224,
  filters: [64, 128, 256],
  words: 100,
  vocabulary: 10_000,
  units: 256,
  answers: 1000,
}

/** For pictures of digits. */
export const smallSize: Size = {
  side: SIDE,
  filters: [8, 16, 32],
  words: WORDS,
  vocabulary: VOCABULARY,
  units: 64,
  answers: answers.length,
}

/** One word that answers a question about a picture. */
export function visualQa({ side, filters: [first, second, third], words, vocabulary, units, answers }: Size) {
  // A vision model encodes a picture as a vector.
  const visionModel = sequential([
    input({ shape: [side, side, 3] }),
    layers.conv2d({ filters: first, kernelSize: 3, activation: 'relu', padding: 'same' }),
    layers.conv2d({ filters: first, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: second, kernelSize: 3, activation: 'relu', padding: 'same' }),
    layers.conv2d({ filters: second, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: third, kernelSize: 3, activation: 'relu', padding: 'same' }),
    layers.conv2d({ filters: third, kernelSize: 3, activation: 'relu' }),
    layers.conv2d({ filters: third, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
  ])

  // It is called on the picture,
  const image = input({ shape: [side, side, 3], name: 'image' })
  const encodedImage = visionModel(image)

  // while the question is encoded by an LSTM.
  const question = input({ shape: [words], dtype: 'int32', name: 'question' })
  const embedded = layers.embedding({ inputDim: vocabulary, outputDim: units })(question)
  const encodedQuestion = layers.lstm({ units })(embedded)

  // Both side by side, and a logistic regression over all answers on top.
  const merged = layers.concatenate()([encodedQuestion, encodedImage])
  const answer = layers.dense({ units: answers, activation: 'softmax', name: 'answer' })(merged)

  return {
    model: model({ inputs: [image, question], outputs: answer }),
    visionModel,
    question,
    encodedQuestion,
  }
}

export const visualQaProgram: Program = {
  name: 'visual-qa',
  title: 'Questions about pictures',
  atLeast: 0.8,

  async run({ backend, quick, print, verbose }) {
    const large = visualQa(guideSize).model
    large.summary({ print })

    const small = visualQa(smallSize).model
    small.compile({
      backend,
      optimizer: 'adam',
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    })
    const digits = mnist(quick ? { train: 32, test: 16 } : { train: 8000, test: 1000 })
    const train = pictureScenes(digits.train, digits.train.count)
    const test = pictureScenes(digits.test, digits.test.count)
    const held = { x: [test.pictures, test.questions], y: test.answers }
    const { history } = await small.fit([train.pictures, train.questions], train.answers, {
      epochs: quick ? 1 : 4,
      batchSize: 32,
      validationData: held,
      verbose,
    })
    const { accuracy } = await small.evaluate(held.x, held.y)
    return {
      model: small,
      samples: held.x,
      history,
      accuracy,
      figures: { parametersAtFullSize: large.countParams() },
    }
  },
}
