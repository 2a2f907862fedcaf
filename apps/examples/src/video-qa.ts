import { input, layers, model } from '@fn/core'
import { mnist } from './data/mnist.ts'
import { FRAMES, filmScenes, pictureScenes } from './data/scenes.ts'
import type { Program } from './harness/program.ts'
import { guideSize, type Size, smallSize, visualQa } from './visual-qa.ts'

/** One word that answers a question about a film: made of the parts of a model that answers questions about pictures. */
export function videoQa(
  { visionModel, question, encodedQuestion }: ReturnType<typeof visualQa>,
  { side, words, units, answers }: Size,
  frames: number,
) {
  // A film is a sequence of pictures. The vision model encodes each of them, and an LSTM the sequence of vectors.
  const video = input({ shape: [frames, side, side, 3], name: 'video' })
  const encodedFrames = layers.timeDistributed(visionModel)(video)
  const encodedVideo = layers.lstm({ units })(encodedFrames)

  // What encoded questions about pictures becomes a model of its own, with its weights.
  const questionEncoder = model({ inputs: question, outputs: encodedQuestion, name: 'question_encoder' })

  // It reads the question about the film.
  const videoQuestion = input({ shape: [words], dtype: 'int32', name: 'video_question' })
  const encodedVideoQuestion = questionEncoder(videoQuestion)

  // And this is the model that answers it.
  const merged = layers.concatenate()([encodedVideo, encodedVideoQuestion])
  const answer = layers.dense({ units: answers, activation: 'softmax', name: 'answer' })(merged)
  return model({ inputs: [video, videoQuestion], outputs: answer })
}

export const videoQaProgram: Program = {
  name: 'video-qa',
  title: 'Questions about films',
  atLeast: 0.7,

  async run({ backend, quick, print, verbose }) {
    const large = videoQa(visualQa(guideSize), guideSize, 100)
    large.summary({ print })

    const training = {
      backend,
      optimizer: 'adam',
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    } as const
    const digits = mnist(quick ? { train: 16, test: 8 } : { train: 8000, test: 500 })

    // First the parts learn to see, and to read, on pictures;
    const parts = visualQa(smallSize)
    parts.model.compile(training)
    const pictures = pictureScenes(digits.train, digits.train.count)
    await parts.model.fit([pictures.pictures, pictures.questions], pictures.answers, {
      epochs: quick ? 1 : 2,
      verbose,
    })

    // then, all of it on films.
    const small = videoQa(parts, smallSize, FRAMES)
    small.compile(training)
    const train = filmScenes(digits.train, quick ? 16 : 4000)
    const test = filmScenes(digits.test, digits.test.count)
    const held = { x: [test.pictures, test.questions], y: test.answers }
    const { history } = await small.fit([train.pictures, train.questions], train.answers, {
      epochs: quick ? 1 : 3,
      batchSize: 16,
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
