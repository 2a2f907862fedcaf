import { input, layers, model } from '@fn/core'
import { spam } from './data/spam.ts'
import type { Program } from './harness/program.ts'

/** Two inputs, two outputs. */
export function headlineModel() {
  // The text: 100 whole numbers, each the number of a word among 10,000.
  const mainInput = input({ shape: [100], dtype: 'int32', name: 'main_input' })

  // An embedding gives every word 512 features, and an LSTM makes one vector of the whole text.
  const words = layers.embedding({ inputDim: 10_000, outputDim: 512 })(mainInput)
  const text = layers.lstm({ units: 32 })(words)

  // The auxiliary output lets the LSTM and the embedding learn even where the main loss is high.
  const auxOutput = layers.dense({ units: 1, activation: 'sigmoid', name: 'aux_output' })(text)

  // Here the auxiliary input comes in.
  const auxInput = input({ shape: [5], name: 'aux_input' })
  const both = layers.concatenate()([text, auxInput])

  // Some dense layers on top of both.
  const mainOutput = both.pipe(
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 1, activation: 'sigmoid', name: 'main_output' }),
  )

  return model({ inputs: [mainInput, auxInput], outputs: [mainOutput, auxOutput] })
}

export const headline: Program = {
  name: 'headline',
  title: 'Two inputs, two outputs',
  atLeast: 0.95,

  async run({ backend, quick, print, verbose }) {
    const classifier = headlineModel()
    classifier.summary({ print })

    const { train, test } = spam(quick ? { train: 32, test: 16 } : undefined)
    const held = { x: [test.words, test.features], y: [test.spam, test.spam] }

    // Losses and weights as lists, in the order of the outputs; one loss serves for all.
    classifier.compile({
      backend,
      optimizer: 'rmsprop',
      loss: 'binaryCrossentropy',
      lossWeights: [1, 0.2],
      metrics: ['accuracy'],
    })
    const first = await classifier.fit([train.words, train.features], [train.spam, train.spam], {
      epochs: quick ? 1 : 2,
      batchSize: 32,
      validationData: held,
      verbose,
    })

    // And as records, since inputs and outputs have names. It goes on where it was.
    classifier.compile({
      backend,
      optimizer: 'rmsprop',
      loss: { main_output: 'binaryCrossentropy', aux_output: 'binaryCrossentropy' },
      lossWeights: { main_output: 1, aux_output: 0.2 },
      metrics: ['accuracy'],
    })
    const second = await classifier.fit(
      { main_input: train.words, aux_input: train.features },
      { main_output: train.spam, aux_output: train.spam },
      { epochs: quick ? 1 : 2, batchSize: 32, validationData: held, verbose },
    )

    const figures = await classifier.evaluate(
      { main_input: test.words, aux_input: test.features },
      { main_output: test.spam, aux_output: test.spam },
    )
    return {
      model: classifier,
      samples: held.x,
      history: joined(first.history, second.history),
      accuracy: figures.main_output_accuracy,
      figures: { auxAccuracy: figures.aux_output_accuracy! },
    }
  },
}

type Figures = Readonly<Record<string, readonly number[]>>

const joined = (first: Figures, second: Figures): Figures =>
  Object.fromEntries(Object.entries(first).map(([key, values]) => [key, [...values, ...second[key]!]]))
