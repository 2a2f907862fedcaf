import { type Backend, Generator, input, layers, model } from '@fn/core'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import type { Contender } from './engine.ts'

/** 784-512-512-10, batch 128, Adam. */
export const mlp = { name: 'mlp', batch: 128, inputs: 784, hidden: 512, classes: 10 } as const

/** One batch of noise with labels: what the numbers are does not matter for the time. */
function batch(): { x: Float32Array; y: Float32Array } {
  const generator = new Generator(1)
  const y = new Float32Array(mlp.batch * mlp.classes)
  for (let row = 0; row < mlp.batch; row++) y[row * mlp.classes + (generator.next() % mlp.classes)] = 1
  return { x: Float32Array.from(generator.uniform(mlp.batch * mlp.inputs)), y }
}

export function withFn(engine: string, backend: Backend): Contender {
  const x = input({ shape: [mlp.inputs] })
  const y = x.pipe(
    layers.dense({ units: mlp.hidden, activation: 'relu' }),
    layers.dense({ units: mlp.hidden, activation: 'relu' }),
    layers.dense({ units: mlp.classes, activation: 'softmax' }),
  )
  const classifier = model({ inputs: x, outputs: y })
  classifier.compile({ backend, optimizer: 'adam', loss: 'categoricalCrossentropy' })
  const data = batch()
  return {
    engine,
    async steps(count) {
      const marks: number[] = []
      const batches = function* () {
        for (let step = 0; step < count; step++) {
          marks.push(performance.now())
          yield data
        }
        marks.push(performance.now())
      }
      await classifier.fit(batches, { verbose: 'silent' })
      return marks.slice(1).map((mark, at) => mark - marks[at]!)
    },
    dispose: () => classifier.dispose(),
  }
}

/** The same network in tfjs-layers, on the engine that tfjs has been set to. */
export function withTfjsLayers(engine: string): Contender {
  const classifier = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: mlp.hidden, activation: 'relu', inputShape: [mlp.inputs] }),
      tfl.layers.dense({ units: mlp.hidden, activation: 'relu' }),
      tfl.layers.dense({ units: mlp.classes, activation: 'softmax' }),
    ],
  })
  classifier.compile({ optimizer: tf.train.adam(), loss: 'categoricalCrossentropy' })
  const data = batch()
  const x = tf.tensor2d(data.x, [mlp.batch, mlp.inputs])
  const y = tf.tensor2d(data.y, [mlp.batch, mlp.classes])
  return {
    engine,
    async steps(count) {
      const times: number[] = []
      for (let step = 0; step < count; step++) {
        const start = performance.now()
        await classifier.trainOnBatch(x, y)
        times.push(performance.now() - start)
      }
      return times
    },
    async dispose() {
      tf.dispose([x, y])
      classifier.dispose()
    },
  }
}
