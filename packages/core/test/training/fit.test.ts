import { reference } from '@fn/backend-reference'
import {
  type Backend,
  type Batch,
  callbacks,
  type FitOptions,
  Generator,
  input,
  type LossLike,
  layers,
  type Model,
  type ModelCompileOptions,
  model,
  optimizers,
  setRandomSeed,
} from '@fn/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'

const generator = new Generator(5)
const ROWS = 20
const x = { shape: [ROWS, 4], data: generator.normal(ROWS * 4) }
const labels = Int32Array.from(
  { length: ROWS },
  (_, row) => (x.data[row * 4]! > 0 ? 1 : 0) + (x.data[row * 4 + 1]! > 0 ? 1 : 0),
)
const quiet: FitOptions = { verbose: 'silent', shuffle: false, batchSize: 8 }

let backend: Backend
beforeEach(async () => {
  setRandomSeed(11)
  backend = await reference()
})

function classifier(options: Partial<ModelCompileOptions> = {}): Model {
  const a = input({ shape: [4], name: 'features' })
  const hidden = layers.dense({ units: 8, activation: 'tanh', name: 'hidden' })(a)
  const made = model({
    inputs: a,
    outputs: layers.dense({ units: 3, activation: 'softmax', name: 'kind' })(hidden),
    name: 'm',
  }) as Model
  made.compile({
    backend,
    optimizer: optimizers.adam({ learningRate: 0.05 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
    ...options,
  })
  return made
}

const weightsOf = (made: Model): number[] => made.getWeights().flatMap(({ data }) => Array.from(data))

describe('fit', () => {
  it('learns', async () => {
    const made = classifier()
    const { history, epoch } = await made.fit(x, labels, {
      ...quiet,
      epochs: 30,
      validationData: { x, y: labels },
    })
    expect(epoch).toEqual(Array.from({ length: 30 }, (_, at) => at))
    expect(Object.keys(history).sort()).toEqual(['accuracy', 'loss', 'val_accuracy', 'val_loss'])
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]! / 4)
    expect(history.val_accuracy!.at(-1)).toBeGreaterThan(0.9)
  })

  it('takes data in every form alike', async () => {
    const nested = Array.from({ length: ROWS }, (_, row) => Array.from(x.data.subarray(row * 4, row * 4 + 4)))
    const flat = Float64Array.from(x.data)
    const batches = (): Batch[] =>
      [0, 8, 16].map((start) => ({ x: nested.slice(start, start + 8), y: labels.slice(start, start + 8) }))
    const runs: (() => [Model, Promise<unknown>])[] = [x, nested, flat, [x], { features: flat }].map(
      (data) => () => {
        const made = classifier()
        return [made, made.fit(data as never, labels, { ...quiet, epochs: 2 })]
      },
    )
    const ofBatches = (source: unknown) => (): [Model, Promise<unknown>] => {
      const made = classifier()
      return [made, made.fit(source as Batch[], { ...quiet, epochs: 2 })]
    }
    async function* stream() {
      yield* batches()
    }
    const results: number[][] = []
    for (const start of [...runs, ofBatches(batches()), ofBatches(batches), ofBatches(stream)]) {
      setRandomSeed(3)
      const [made, done] = start()
      await done
      results.push(weightsOf(made))
    }
    for (const weights of results) expect(weights).toEqual(results[0])
  })

  it('shuffles the same way for the same seed, and another way for another', async () => {
    const fit = async (seed: number) => {
      setRandomSeed(3)
      const made = classifier({ seed })
      await made.fit(x, labels, { ...quiet, shuffle: true, epochs: 2 })
      return weightsOf(made)
    }
    expect(await fit(1)).toEqual(await fit(1))
    expect(await fit(1)).not.toEqual(await fit(2))
  })

  it('holds back the last samples for validation', async () => {
    const [split, given] = [classifier(), classifier()]
    given.setWeights(split.getWeights())
    const options = { ...quiet, epochs: 2 }
    const tail = { x: { shape: [5, 4], data: x.data.slice(60) }, y: labels.slice(15) }
    const head = { x: { shape: [15, 4], data: x.data.slice(0, 60) }, y: labels.slice(0, 15) }
    const one = await split.fit(x, labels, { ...options, validationSplit: 0.25 })
    const two = await given.fit(head.x, head.y, { ...options, validationData: tail })
    expect(one.history).toEqual(two.history)
  })

  it('goes on where it stopped: 2 + 3 epochs are 5', async () => {
    const [whole, parts] = [classifier({ seed: 1 }), classifier({ seed: 1 })]
    parts.setWeights(whole.getWeights())
    await whole.fit(x, labels, { ...quiet, shuffle: true, epochs: 5 })
    await parts.fit(x, labels, { ...quiet, shuffle: true, epochs: 2 })
    const { epoch } = await parts.fit(x, labels, { ...quiet, shuffle: true, epochs: 5, initialEpoch: 2 })
    expect(epoch).toEqual([2, 3, 4])
    expect(weightsOf(parts)).toEqual(weightsOf(whole))
  })

  it('drops out in training and not in prediction', async () => {
    const a = input({ shape: [4] })
    const dropped = layers.dropout({ rate: 0.5 })(a)
    const made = model({
      inputs: a,
      outputs: layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones' })(dropped),
    }) as Model
    made.compile({ backend, optimizer: optimizers.sgd({ learningRate: 0 }), loss: 'mse', seed: 1 })
    const ones = { shape: [200, 4], data: new Float32Array(800).fill(1) }
    const target = new Float32Array(200).fill(4)
    const { loss } = await made.evaluate(ones, target)
    expect(loss).toBe(0)
    // Of 4 ones each is 0 or 2, so the sum has mean 4 and variance 4.
    const { history } = await made.fit(ones, target, quiet)
    expect(history.loss![0]).toBeGreaterThan(3)
    expect(history.loss![0]).toBeLessThan(5)
  })

  it('leaves frozen layers alone', async () => {
    const made = classifier()
    const { optimizer } = made
    const parts = () => [made.getWeights().slice(0, 2), made.getWeights().slice(2)] as const
    const compile = () => made.compile({ backend, optimizer, loss: 'sparseCategoricalCrossentropy', seed: 1 })
    made.getLayer('hidden').trainable = false
    compile()
    const before = parts()
    await made.fit(x, labels, quiet)
    expect(parts()[0]).toEqual(before[0])
    expect(parts()[1]).not.toEqual(before[1])
    // A change takes effect when the model is compiled again, for every batch size.
    made.getLayer('hidden').trainable = true
    await made.fit(x, labels, { ...quiet, batchSize: 7 })
    expect(parts()[0]).toEqual(before[0])
    compile()
    await made.fit(x, labels, quiet)
    expect(parts()[0]).not.toEqual(before[0])
  })

  it('follows a learning rate that changes', async () => {
    const made = classifier()
    const before = weightsOf(made)
    made.optimizer.learningRate = 0
    await made.fit(x, labels, quiet)
    expect(weightsOf(made)).toEqual(before)
  })

  it('trains the same step from trainOnBatch as from fit', async () => {
    const [fitted, stepped] = [classifier(), classifier()]
    stepped.setWeights(fitted.getWeights())
    const { history } = await fitted.fit(x, labels, { ...quiet, batchSize: ROWS })
    const figures = await stepped.trainOnBatch(x, labels)
    expect(figures).toEqual({ loss: history.loss![0], accuracy: history.accuracy![0] })
    expect(weightsOf(stepped)).toEqual(weightsOf(fitted))
    await stepped.dispose()
  })
})

describe('callbacks', () => {
  it('hear of everything in order, with weights that are up to date', async () => {
    const made = classifier()
    const heard: string[] = []
    let before = weightsOf(made)
    await made.fit(x, labels, {
      ...quiet,
      epochs: 2,
      callbacks: [
        {
          onTrainBegin: () => void heard.push('begin'),
          onEpochBegin: (epoch) => void heard.push(`epoch ${epoch}`),
          onBatchEnd: (batch, logs) => void heard.push(`batch ${batch} ${Object.keys(logs).join()}`),
          async onEpochEnd(epoch, logs, trained) {
            await Promise.resolve()
            heard.push(`end ${epoch} ${Object.keys(logs).join()}`)
            expect(weightsOf(trained)).not.toEqual(before)
            before = weightsOf(trained)
          },
          onTrainEnd: () => void heard.push('done'),
        },
      ],
    })
    const epoch = (at: number) => [
      `epoch ${at}`,
      ...[0, 1, 2].map((batch) => `batch ${batch} loss,accuracy`),
      `end ${at} loss,accuracy`,
    ]
    expect(heard).toEqual(['begin', ...epoch(0), ...epoch(1), 'done'])
  })

  it('stop early, and bring the best weights back', async () => {
    const made = classifier({ optimizer: optimizers.sgd({ learningRate: 50 }) })
    const { epoch } = await made.fit(x, labels, {
      ...quiet,
      epochs: 50,
      validationData: { x, y: labels },
      callbacks: [callbacks.earlyStopping({ patience: 2, restoreBestWeights: true })],
    })
    expect(epoch.length).toBeLessThan(50)
    const wrong = made.fit(x, labels, { ...quiet, callbacks: [callbacks.earlyStopping()] })
    await expect(wrong).rejects.toThrow(
      'earlyStopping: expected to monitor one of loss, accuracy. Received: "val_loss".',
    )
  })

  it('may set weights', async () => {
    const made = classifier()
    const start = made.getWeights()
    await made.fit(x, labels, {
      ...quiet,
      epochs: 2,
      callbacks: [{ onEpochEnd: (_epoch, _logs, trained) => trained.setWeights(start) }],
    })
    expect(made.getWeights()).toEqual(start)
  })
})

describe('an end before the end', () => {
  it('comes by signal, with the weights of the last step', async () => {
    const made = classifier()
    const before = weightsOf(made)
    const controller = new AbortController()
    const fit = made.fit(x, labels, {
      ...quiet,
      epochs: 5,
      signal: controller.signal,
      callbacks: [{ onBatchEnd: (batch) => void (batch === 1 && controller.abort(new Error('enough'))) }],
    })
    await expect(fit).rejects.toThrow('enough')
    expect(weightsOf(made)).not.toEqual(before)
    await made.fit(x, labels, quiet)
  })

  it('comes by Ctrl-C, cleanly', async () => {
    const made = classifier()
    const listeners = process.listenerCount('SIGINT')
    const { history } = await made.fit(x, labels, {
      ...quiet,
      epochs: 5,
      callbacks: [{ onBatchEnd: (batch) => void (batch === 1 && process.emit('SIGINT')) }],
    })
    expect(history.loss).toHaveLength(1)
    expect(process.listenerCount('SIGINT')).toBe(listeners)
  })
})

describe('what is shown', () => {
  it('is a line an epoch where there is no terminal', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    await classifier().fit(x, labels, {
      ...quiet,
      verbose: 'auto',
      epochs: 2,
      validationData: { x, y: labels },
    })
    const lines = log.mock.calls.map(([line]) => String(line))
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatch(
      /^Epoch 2\/2 - 3\/3 ━{20} \d+s \d+[mu]s\/step - loss: \d\.\d{4} - accuracy: \d\.\d{4} - val_loss: \d\.\d{4} - val_accuracy: \d\.\d{4}$/,
    )
  })
})

describe('bad input trains nothing', () => {
  const nothing = async (
    attempt: (made: Model) => Promise<unknown>,
    message: string | RegExp,
    options: Partial<ModelCompileOptions> = {},
  ) => {
    const made = classifier(options)
    const before = weightsOf(made)
    await expect(attempt(made)).rejects.toThrow(message)
    expect(weightsOf(made)).toEqual(before)
  }
  const fit =
    (data: unknown, targets: unknown, options: FitOptions = {}) =>
    (made: Model) =>
      made.fit(data as never, targets as never, { ...quiet, ...options })

  it.each([
    [
      'wrong size',
      { shape: [20, 5], data: new Float32Array(100) },
      labels,
      'x "features": expected shape [null, 4]. Received: [20, 5].',
    ],
    [
      'wrong rank',
      { shape: [20, 2, 2], data: new Float32Array(80) },
      labels,
      'x "features": expected shape [null, 4]. Received: [20, 2, 2].',
    ],
    [
      'a flat array of the wrong length',
      new Float32Array(81),
      labels,
      'x "features": expected whole samples of [4], 4 elements each. Received: 81 elements.',
    ],
    [
      'elements that do not fill the shape',
      { shape: [20, 4], data: new Float32Array(3) },
      labels,
      'x "features": expected 80 elements for shape [20, 4]. Received: 3.',
    ],
    [
      'rows of different length',
      [
        [1, 2, 3, 4],
        [1, 2, 3],
      ],
      [0, 1],
      'x "features": expected rows of equal length 4. Received: 3.',
    ],
    ['words', [['a', 'b', 'c', 'd']], [0], 'x "features": expected numbers. Received: "a".'],
    [
      'an unknown input',
      { feature: x },
      labels,
      'x: the model has no input "feature". Its inputs: features.',
    ],
    ['no input', {}, labels, 'x: expected data for input "features". Received: none.'],
    ['nothing', undefined, labels, 'x: expected data for "features". Received: undefined.'],
    [
      'no samples',
      { shape: [0, 4], data: new Float32Array(0) },
      new Int32Array(0),
      'x: expected at least one sample. Received: 0.',
    ],
    ['an unknown output', x, { sort: labels }, 'y: the model has no output "sort". Its outputs: kind.'],
    ['a missing output', x, {}, 'y: expected data for output "kind". Received: none.'],
    ['no targets', x, undefined, 'y: expected targets for "kind". Received: none.'],
    ['too few targets', x, labels.slice(1), 'y "kind": expected 20 samples, as in x. Received: 19.'],
    [
      'labels out of range',
      x,
      labels.map((label) => label + 1),
      'y "kind": expected class numbers from 0 to 2. Received: 3 at sample',
    ],
    [
      'labels that are no classes',
      x,
      Float32Array.from(labels, (label) => label / 2),
      'y "kind": expected class numbers from 0 to 2. Received: 0.5 at sample',
    ],
    [
      'one-hot labels',
      x,
      { shape: [20, 3], data: new Float32Array(60) },
      'y "kind": expected class numbers of shape [null]. Received: [20, 3]. For one-hot targets the loss is categoricalCrossentropy.',
    ],
  ])('%s', async (_what, data, targets, message) => {
    await nothing(fit(data, targets), message)
  })

  it('NaN and infinities, where that is asked for', async () => {
    const data = Float64Array.from(x.data)
    data[41] = Number.NaN
    await nothing(
      fit({ ...x, data }, labels, { checkFinite: true }),
      'x "features": expected finite numbers. Received: NaN in sample 10.',
    )
  })

  it('options that make no sense', async () => {
    await nothing(fit(x, labels, { epochs: 0 }), 'Expected epochs to be an integer ≥ 1. Received: 0.')
    await nothing(
      fit(x, labels, { batchSize: 2.5 }),
      'Expected batchSize to be an integer ≥ 1. Received: 2.5.',
    )
    await nothing(
      fit(x, labels, { validationSplit: 1 }),
      'fit: expected validationSplit to be a finite number in [0, 1). Received: 1.',
    )
    await nothing(fit(x, labels, { validationSplit: 0.99 }), /leaves one side of 20 samples empty/)
    await nothing(
      fit(x, labels, { sampleWeight: [1, 2] }),
      'sampleWeight "kind": expected 20 weights, one a sample. Received: 2.',
    )
  })

  it('a source of batches that has run dry', async () => {
    const once = (function* () {
      yield { x, y: labels }
    })()
    await expect(classifier().fit(once, { ...quiet, epochs: 2 })).rejects.toThrow(
      /expected batches in epoch 2\. Received: none\. A source that can be read once only/,
    )
  })

  it('a model that is not compiled', async () => {
    const a = input({ shape: [1] })
    const made = model({ inputs: a, outputs: layers.dense({ units: 1 })(a), name: 'raw' })
    await expect(made.fit(x, labels)).rejects.toThrow(
      'Functional "raw" must be compiled before fit: call compile({ backend, optimizer, loss }) first.',
    )
  })

  it('a model that is at work', async () => {
    const made = classifier()
    const first = made.fit(x, labels, quiet)
    await expect(made.predict(x)).rejects.toThrow('Functional "m" is already at work')
    await first
  })

  it.each([
    ['loss', { loss: 'mean_squared' as LossLike }, /Unknown loss "mean_squared"\./],
    [
      'optimizer',
      { optimizer: 'adamm' as never },
      'Unknown optimizer "adamm". Did you mean "adam"? Expected one of: adam, rmsprop, sgd.',
    ],
    ['metric', { metrics: ['acuracy'] as never }, /Unknown metric "acuracy"\. Did you mean "accuracy"\?/],
    [
      'output of a loss',
      { loss: { kinds: 'mse' } as never },
      'loss: the model has no output "kinds". Its outputs: kind.',
    ],
    [
      'number of losses',
      { loss: ['mse', 'mse'] as never },
      'loss: expected 1 entries, one for each of kind. Received: 2.',
    ],
    [
      'backend',
      { backend: 'wasm' as never },
      "compile: expected a backend, such as await tfjs('wasm'). Received: string.",
    ],
  ])('an unknown %s, at compile', (_what, options, message) => {
    expect(() => classifier(options)).toThrow(message)
  })

  it('a backend that lacks something: all of it, with the layers', async () => {
    const { capabilities } = backend
    const poor: Backend = {
      ...backend,
      name: 'poor',
      capabilities: {
        ...capabilities,
        ops: new Set([...capabilities.ops].filter((op) => op !== 'tanh' && op !== 'log')),
      },
      compile: () => Promise.reject(new Error('never')),
    }
    await nothing(
      fit(x, labels),
      /^Backend "poor" can not run this program\. Missing: tanh \(float32\) at "hidden": the backend lacks this op; log \(float32\) at "loss\/kind": the backend lacks this op\.$/,
      { backend: poor },
    )
  })
})

describe('names of inputs and outputs', () => {
  it('are checked by the compiler too', async () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })]
    const made = model({ inputs: { a, b }, outputs: { sum: layers.add()([a, b]) } })
    made.compile({ backend, loss: 'mse' })
    const data = [[1, 2]]
    const { sum } = await made.predict({ a: data, b: data })
    expect(Array.from(sum.data)).toEqual([2, 4])
    // @ts-expect-error: there is no input c
    await expect(made.predict({ a: data, c: data })).rejects.toThrow(
      'x: the model has no input "c". Its inputs: a, b.',
    )
    // @ts-expect-error: there is no output total
    await expect(made.evaluate({ a: data, b: data }, { total: data })).rejects.toThrow(
      'y: the model has no output "total".',
    )
  })
})
