import { input, layers, model, optimizers } from '@fn/core'
import { batchesOf, CHARACTERS, firstOf, LENGTH, matricesOf, sotu } from './data/sotu.ts'
import type { Program } from './harness/program.ts'

/** Were two pieces of text spoken by one president? One LSTM reads both. */
export function sharedLstm() {
  const earlier = input({ shape: [LENGTH, CHARACTERS], name: 'earlier' })
  const later = input({ shape: [LENGTH, CHARACTERS], name: 'later' })

  // This layer takes a matrix, and gives a vector of 64 numbers.
  const reader = layers.lstm({ units: 64 })

  // Where a layer is called several times, its weights are the same at each call: it is one layer.
  const one = reader(earlier)
  const other = reader(later)

  // The two vectors side by side, and a logistic regression on top.
  const both = layers.concatenate({ axis: -1 })([one, other])
  const same = layers.dense({ units: 1, activation: 'sigmoid', name: 'same' })(both)
  return model({ inputs: [earlier, later], outputs: same })
}

export const sharedLstmProgram: Program = {
  name: 'shared-lstm',
  title: 'A shared LSTM',
  // Three standard errors of two thousand coin tosses above one half.
  atLeast: 0.534,

  async run({ backend, quick, print, verbose }) {
    const classifier = sharedLstm()
    classifier.summary({ print })
    classifier.compile({
      backend,
      optimizer: optimizers.rmsprop({ globalClipnorm: 0.3 }),
      loss: 'binaryCrossentropy',
      metrics: ['accuracy'],
    })

    // The regression adds up what the two pieces tell. A sum can tell whether they are of one time only where they come
    // in order: the earlier piece is the first, and the model learns to date them.
    const draw = sotu()
    const size = quick ? 4 : 64
    const test = draw.test(quick ? 4 : 2000)
    const { history } = await classifier.fit(() => batchesOf(draw.train(quick ? size : 75 * size), size), {
      epochs: quick ? 1 : 4,
      validationData: () => batchesOf(firstOf(test, quick ? 4 : 500), size),
      verbose,
    })

    const { accuracy } = await classifier.evaluate(batchesOf(test, size))
    const [low, high] = intervalOf(accuracy!, test.count)
    const aboveChance = (accuracy! - 0.5) / Math.sqrt(0.25 / test.count)
    print(
      `${percent(accuracy!)} of ${test.count} held-out pairs are right, with a 95 % interval from ${percent(low)} to ${percent(high)}:` +
        ` ${aboveChance.toFixed(1)} standard errors better than chance.`,
    )

    const few = 16 * LENGTH
    return {
      model: classifier,
      samples: [test.earlier, test.later].map((codes) => matricesOf(codes.subarray(0, few))),
      history,
      accuracy,
      figures: { interval: [low, high], standardErrorsAboveChance: aboveChance },
    }
  },
}

/** Where the true share lies in 95 of 100 cases (Wilson, 1927). */
function intervalOf(share: number, count: number): readonly [low: number, high: number] {
  const z = 1.96
  const centre = share + z ** 2 / (2 * count)
  const reach = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2))
  const scale = 1 + z ** 2 / count
  return [(centre - reach) / scale, (centre + reach) / scale]
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
