import { Generator, input, layers, model } from '@fn/core'
import { mnist } from './data/mnist.ts'
import { oneHot } from './data/one-hot.ts'
import { colouredDigits } from './data/pictures.ts'
import type { Program } from './harness/program.ts'

/** An inception module: three towers over one picture, side by side along the rows and along the channels. */
export function inception(side: number) {
  const image = input({ shape: [side, side, 3] })

  const tower1 = image.pipe(
    layers.conv2d({ filters: 64, kernelSize: 1, padding: 'same', activation: 'relu' }),
    layers.conv2d({ filters: 64, kernelSize: 3, padding: 'same', activation: 'relu' }),
  )
  const tower2 = image.pipe(
    layers.conv2d({ filters: 64, kernelSize: 1, padding: 'same', activation: 'relu' }),
    layers.conv2d({ filters: 64, kernelSize: 5, padding: 'same', activation: 'relu' }),
  )
  const tower3 = image.pipe(
    layers.maxPooling2d({ poolSize: 3, strides: 1, padding: 'same' }),
    layers.conv2d({ filters: 64, kernelSize: 1, padding: 'same', activation: 'relu' }),
  )

  const rows = layers.concatenate({ axis: 1, name: 'rows' })([tower1, tower2, tower3])
  const channels = layers.concatenate({ axis: -1, name: 'channels' })([tower1, tower2, tower3])
  return model({ inputs: image, outputs: { rows, channels }, name: 'inception' })
}

export const inceptionProgram: Program = {
  name: 'inception',
  title: 'An inception module',
  atLeast: 0.7,

  async run({ backend, quick, print, verbose }) {
    const large = inception(256)
    large.summary({ print })

    // A few steps at a small size, as the body of a classifier of coloured digits.
    const side = quick ? 8 : 16
    const small = inception(side)
    const picture = input({ shape: [side, side, 3] })
    const digit = small(picture).channels.pipe(
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    )
    const classifier = model({ inputs: picture, outputs: digit })
    classifier.compile({
      backend,
      optimizer: 'adam',
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    })
    const random = new Generator(1)
    const { train, test } = mnist(quick ? { train: 32, test: 16 } : { train: 480, test: 500 })
    const held = { x: colouredDigits(test, test.count, side, random), y: oneHot(test.labels, 10) }
    const { history } = await classifier.fit(
      colouredDigits(train, train.count, side, random),
      oneHot(train.labels, 10),
      { epochs: quick ? 1 : 3, validationData: held, verbose },
    )
    const { accuracy } = await classifier.evaluate(held.x, held.y)

    // Its weights do not ask how large a picture is.
    large.setWeights(small.getWeights())
    large.compile({ backend })
    return {
      model: large,
      samples: [colouredDigits(test, quick ? 1 : 2, 256, random)],
      history,
      accuracy,
    }
  },
}
