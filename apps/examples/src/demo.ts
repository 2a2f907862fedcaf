import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tfjs } from '@fn/backend-tfjs'
import { input, layers, type Model, model, type OptimizerLike, optimizers, setRandomSeed } from '@fn/core'
import { toOnnx } from '@fn/onnx'
import { mnist } from './data/mnist.ts'
import { oneHot } from './data/one-hot.ts'
import { digitClassifier } from './dense.ts'
import { trainingCurve } from './harness/chart.ts'
import { differenceInOnnx } from './harness/in-onnxruntime.ts'

// Two classifiers of handwritten digits: defined with the functional API, trained on tfjs, exported to ONNX, and
// asked again in ONNX Runtime.

const out = join(import.meta.dirname, '../out/demo')

interface Result {
  readonly accuracy: number
  readonly seconds: number
  /** The largest distance between a probability on tfjs and in ONNX Runtime, over all test digits. */
  readonly maxDifference: number
}

/** A small convolutional network. */
function convolutionalClassifier() {
  const image = input({ shape: [28, 28, 1], name: 'image' })
  const digit = image.pipe(
    layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
    layers.dropout({ rate: 0.25 }),
    layers.dense({ units: 10, activation: 'softmax', name: 'digit' }),
  )
  return model({ inputs: image, outputs: digit, name: 'cnn' })
}

async function main(): Promise<void> {
  setRandomSeed(1)
  mkdirSync(out, { recursive: true })
  const { train, test } = mnist()
  console.log(`${train.count} digits to train on, ${test.count} to test with.\n`)
  const backend = await tfjs('wasm')
  const y = oneHot(train.labels, 10)
  const held = { x: test.images, y: oneHot(test.labels, 10) }

  const run = async (
    name: string,
    classifier: Model,
    { optimizer, ...schedule }: { optimizer: OptimizerLike; epochs: number; batchSize: number },
  ): Promise<Result> => {
    classifier.compile({ backend, optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    classifier.summary()

    const start = performance.now()
    const { history } = await classifier.fit(train.images, y, { ...schedule, validationData: held })
    const seconds = (performance.now() - start) / 1000
    const { accuracy } = await classifier.evaluate(held.x, held.y, { batchSize: 1000 })

    const file = join(out, `${name}.onnx`)
    writeFileSync(file, toOnnx(classifier))
    const maxDifference = await differenceInOnnx(classifier, file, [held.x])
    writeFileSync(join(out, `${name}-history.json`), `${JSON.stringify(history, null, 2)}\n`)
    writeFileSync(join(out, `${name}.svg`), trainingCurve(`${name} on MNIST`, history))
    console.log(
      `\n${name}: ${(100 * accuracy!).toFixed(2)} % of the test digits right after ${seconds.toFixed(1)} s;` +
        ` largest difference between tfjs and ONNX Runtime ${maxDifference.toExponential(2)}\n`,
    )
    await classifier.dispose()
    return { accuracy: accuracy!, seconds, maxDifference }
  }

  const report = {
    mlp: await run('mlp', digitClassifier(), { optimizer: 'rmsprop', epochs: 10, batchSize: 128 }),
    cnn: await run('cnn', convolutionalClassifier(), {
      optimizer: optimizers.adam({ learningRate: 2e-3 }),
      epochs: 3,
      batchSize: 64,
    }),
  }
  await backend.dispose()
  writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  console.log(`Models, curves and report.json are in ${out}`)
}

await main()
