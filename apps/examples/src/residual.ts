import { Generator, input, layers, model, optimizers } from '@fn/core'
import { mnist } from './data/mnist.ts'
import { colouredDigits } from './data/pictures.ts'
import type { Program } from './harness/program.ts'

/** A residual connection on a convolution. */
export function residual(side: number) {
  const x = input({ shape: [side, side, 3] })
  // As many channels come out as go in.
  const y = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' })(x)
  // x + y
  const z = layers.add()([x, y])
  return model({ inputs: x, outputs: z })
}

export const residualProgram: Program = {
  name: 'residual',
  title: 'A residual connection',

  async run({ backend, quick, print, verbose }) {
    const large = residual(256)
    large.summary({ print })

    // Noise is what a convolution can see, and a residual connection take away.
    const small = residual(28)
    small.compile({ backend, optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'mse' })
    const random = new Generator(1)
    const { train } = mnist({ train: quick ? 64 : 2000 })
    const clean = colouredDigits(train, train.count, 28, random)
    const noise = random.normal(clean.length)
    const noisy = clean.map((value, at) => value + 0.3 * noise[at]!)
    const { history } = await small.fit(noisy, clean, {
      epochs: quick ? 1 : 5,
      validationSplit: 0.2,
      verbose,
    })

    // Its weights do not ask how large a picture is.
    large.setWeights(small.getWeights())
    large.compile({ backend })
    return {
      model: large,
      samples: [colouredDigits(train, 2, 256, random)],
      history,
      figures: { error: history.val_loss!.at(-1)!, errorOfNoise: 0.3 ** 2 },
    }
  },
}
