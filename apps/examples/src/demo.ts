import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tfjs } from '@fn/backend-tfjs'
import { type Backend, input, layers, model, optimizers, setRandomSeed } from '@fn/core'
import { toOnnx } from '@fn/onnx'
import { trainingCurve } from './chart.ts'
import { maxDifference, predictWithOnnx } from './in-onnxruntime.ts'
import { mnist, oneHot } from './mnist.ts'

// Two classifiers of handwritten digits: defined with the functional API, trained on tfjs, exported to ONNX, and
// asked again in ONNX Runtime.

const out = join(import.meta.dirname, '../out/demo')

interface Result {
  readonly accuracy: number
  readonly seconds: number
  /** The largest distance between a probability on tfjs and in ONNX Runtime, over all test digits. */
  readonly maxDifference: number
}

/** The dense network of the guide to the functional API. */
function mlp(backend: Backend) {
  const image = input({ shape: [784], name: 'image' })
  const digit = image.pipe(
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 10, activation: 'softmax', name: 'digit' }),
  )
  const classifier = model({ inputs: image, outputs: digit, name: 'mlp' })
  classifier.compile({
    backend,
    optimizer: 'rmsprop',
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return classifier
}

/** A small convolutional network. */
function cnn(backend: Backend) {
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
  const classifier = model({ inputs: image, outputs: digit, name: 'cnn' })
  classifier.compile({
    backend,
    optimizer: optimizers.adam({ learningRate: 2e-3 }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return classifier
}

async function main(): Promise<void> {
  setRandomSeed(1)
  mkdirSync(out, { recursive: true })
  const { train, test } = mnist()
  console.log(`${train.count} digits to train on, ${test.count} to test with.\n`)
  const backend = await tfjs('wasm')

  const run = async (
    classifier: ReturnType<typeof mlp>,
    sample: readonly number[],
    schedule: { readonly epochs: number; readonly batchSize: number },
  ): Promise<Result> => {
    const x = { shape: [train.count, ...sample], data: train.images }
    const xTest = { shape: [test.count, ...sample], data: test.images }
    const y = { shape: [train.count, 10], data: oneHot(train.labels, 10) }
    const yTest = { shape: [test.count, 10], data: oneHot(test.labels, 10) }
    classifier.summary()

    const start = performance.now()
    const { history } = await classifier.fit(x, y, { ...schedule, validationData: { x: xTest, y: yTest } })
    const seconds = (performance.now() - start) / 1000
    const { accuracy } = await classifier.evaluate(xTest, yTest, { batchSize: 1000 })

    const file = join(out, `${classifier.name}.onnx`)
    writeFileSync(file, toOnnx(classifier))
    const onTfjs = await classifier.predict(xTest, { batchSize: 1000 })
    const inOnnx = await predictWithOnnx(file, xTest)
    const result = { accuracy: accuracy!, seconds, maxDifference: maxDifference(onTfjs.data, inOnnx) }
    writeFileSync(join(out, `${classifier.name}-history.json`), `${JSON.stringify(history, null, 2)}\n`)
    writeFileSync(join(out, `${classifier.name}.svg`), trainingCurve(`${classifier.name} on MNIST`, history))
    console.log(
      `\n${classifier.name}: ${(100 * result.accuracy).toFixed(2)} % of the test digits right after ${seconds.toFixed(1)} s;` +
        ` largest difference between tfjs and ONNX Runtime ${result.maxDifference.toExponential(2)}\n`,
    )
    await classifier.dispose()
    return result
  }

  const report = {
    mlp: await run(mlp(backend), [784], { epochs: 10, batchSize: 128 }),
    cnn: await run(cnn(backend), [28, 28, 1], { epochs: 3, batchSize: 64 }),
  }
  await backend.dispose()
  writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  console.log(`Models, curves and report.json are in ${out}`)
}

await main()
