import { onnxruntime } from '@fn/backend-onnxruntime'
import { reference } from '@fn/backend-reference'
import { tfjs } from '@fn/backend-tfjs'
import {
  type Backend,
  type Batch,
  callbacks,
  camelCase,
  constraints,
  type FitOptions,
  initializers,
  input,
  layers,
  losses,
  type Model,
  type ModelCompileOptions,
  metrics,
  model,
  ops,
  optimizers,
  regularizers,
  sequential,
  setRandomSeed,
} from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { beforeEach, describe, expect, it } from 'vitest'

const engines: Readonly<Record<string, () => Promise<Backend>>> = {
  reference,
  'tfjs cpu': () => tfjs('cpu'),
  'tfjs wasm': () => tfjs('wasm'),
  'onnxruntime cpu': () => onnxruntime('cpu'),
}

const ROWS = 12
const x = { shape: [ROWS, 3], data: Float32Array.from({ length: ROWS * 3 }, (_, i) => Math.sin(i * 1.7)) }
const y = { shape: [ROWS, 1], data: Float32Array.from({ length: ROWS }, (_, i) => Math.cos(i)) }
const quiet: FitOptions = { verbose: 'silent', shuffle: false, batchSize: 4 }

beforeEach(() => setRandomSeed(3))

function regression(backend: Backend, options: Partial<ModelCompileOptions> = {}, units = 1): Model {
  const a = input({ shape: [3] })
  const made = model({ inputs: a, outputs: layers.dense({ units, name: 'head' })(a), name: 'm' }) as Model
  made.compile({
    backend,
    optimizer: optimizers.sgd({ learningRate: 0.1 }),
    loss: 'mse',
    seed: 1,
    ...options,
  })
  return made
}

const numbers = (made: Model): number[] => made.getWeights().flatMap(({ data }) => Array.from(data))

describe('earlyStopping, as Keras', () => {
  it.each(listFixtures('earlyStopping'))('%s', (name) => {
    const { values, options, epochs, weightsOfEpoch } = loadFixture('earlyStopping', name)
    const own = Object.fromEntries(Object.entries(options).map(([key, value]) => [camelCase(key), value]))
    const callback = callbacks.earlyStopping({ monitor: 'loss', ...own })
    let weights = -1
    const fake = {
      stopTraining: false,
      getWeights: () => weights,
      setWeights: (given: number) => {
        weights = given
      },
      compiled: { plan: { tracker: { key: 'loss', metric: { direction: 'min' } }, outputs: [] } },
    }
    const seen = fake as never as Model
    callback.onTrainBegin(seen)
    let ran = 0
    for (; ran < values.length && !fake.stopTraining; ran++) {
      weights = ran
      callback.onEpochEnd(ran, { loss: values[ran] ?? Number.NaN }, seen)
    }
    callback.onTrainEnd({}, seen)
    expect([ran, weights]).toEqual([epochs, weightsOfEpoch])
  })

  it('asks for a direction that the metric does not say', async () => {
    const own = metrics.mean('f1', (b, t, p) => b.mean(b.mul(t, p), [-1]))
    const made = regression(await reference(), { metrics: [own] })
    const fit = (mode: 'auto' | 'max') =>
      made.fit(x, y, { ...quiet, callbacks: [callbacks.earlyStopping({ monitor: 'f1', mode })] })
    await expect(fit('auto')).rejects.toThrow(
      'earlyStopping: expected mode "min" or "max", since the metric "f1" does not say which is better. Received: "auto".',
    )
    await fit('max')
  })
})

describe('targets of another rank', () => {
  const flatY = Array.from(y.data)
  it.each([
    ['a custom loss', (b, t, p) => b.mean(b.square(b.sub(p, t)), [-1])],
    ['mse', 'mse'],
    ['mae', losses.meanAbsoluteError()],
  ] as [string, ModelCompileOptions['loss']][])('meet predictions alike: %s', async (_, loss) => {
    const options = { loss, metrics: ['mse', 'mae', 'accuracy'] } as Partial<ModelCompileOptions>
    const histories = []
    for (const target of [y, flatY, y.data, flatY.map((value) => [value])]) {
      setRandomSeed(3)
      const made = regression(await reference(), options)
      const { history } = await made.fit(x, target, { ...quiet, epochs: 2 })
      histories.push([history, numbers(made)])
    }
    for (const other of histories.slice(1)) expect(other).toEqual(histories[0])
  })

  it('of images without channels, and batches from a generator', async () => {
    const image = input({ shape: [2, 2, 1] })
    const made = model({ inputs: image, outputs: layers.conv2d({ filters: 1, kernelSize: 1 })(image) })
    const run = async (shape: readonly number[]) => {
      made.compile({
        backend: await reference(),
        optimizer: optimizers.sgd({ learningRate: 0 }),
        loss: (b, t, p) => b.mean(b.square(b.sub(p, t)), [-1]),
        metrics: ['mae'],
      })
      const data = Float32Array.from({ length: 8 }, (_, i) => i)
      function* batches(): Iterable<Batch> {
        yield { x: { shape: [2, 2, 2, 1], data }, y: { shape, data } }
      }
      return (await made.fit(batches, { verbose: 'silent' })).history
    }
    expect(await run([2, 2, 2])).toEqual(await run([2, 2, 2, 1]))
  })

  it('are refused where a metric would broadcast, and what a loss returns is checked', async () => {
    const backend = await reference()
    const sparse = regression(backend, { loss: 'sparseCategoricalCrossentropy', metrics: ['mse'] }, ROWS)
    await expect(sparse.fit(x, new Int32Array(ROWS), quiet)).rejects.toThrow(/metric "MeanSquaredError"/)
    for (const [loss, message] of [
      [() => undefined, /loss "Custom": expected .* Received: undefined/],
      [() => 3, /Received: number/],
      [
        (b: never, t: never) => (b as { reduceSum(x: never, axes: number[]): unknown }).reduceSum(t, [0]),
        /Received: \[1\]/,
      ],
    ] as const) {
      const made = regression(backend, { loss: loss as never })
      await expect(made.fit(x, y, { ...quiet, batchSize: 3 })).rejects.toThrow(message)
    }
  })
})

const edges = () => {
  const inputs = input({ shape: [2] })
  return { inputs, outputs: layers.dense({ units: 1 })(inputs) }
}

describe('options', () => {
  it('a graph of integers in which tensors are used twice takes no longer than its operations', () => {
    let sum = input({ shape: [1], dtype: 'int32' })
    for (let i = 0; i < 200; i++) sum = ops.add(sum, sum)
    expect(sum.dtype).toBe('int32')
    let narrow = ops.reshape(input({ shape: [1], dtype: 'int8', name: 'low' }), [-1, 1])
    for (let i = 0; i < 60; i++) narrow = ops.maximum(narrow, narrow)
    expect(() => ops.add(narrow, narrow)).toThrow(/computes with int8.*Received: input "low"/)
  })

  it('inputs whose names differ in other letters than those of ASCII have sizes of their own', () => {
    const [first, second] = ['入力', '出力'].map((name) => input({ shape: [null, 2], name }))
    expect(first!.dims[1]).not.toBe(second!.dims[1])
    expect(ops.concatenate([first!, second!], { axis: 1 }).shape).toEqual([null, null, 2])
  })

  it.each([
    [{ batch_size: 3 }, /fit: unknown option "batch_size". Did you mean "batchSize"\?/],
    [{ stepsPerEpoch: 0 }, /stepsPerEpoch to be an integer ≥ 1. Received: 0/],
    [{ stepsPerEpoch: 1.5 }, /stepsPerEpoch/],
    [{ stepsPerEpoch: Number.NaN }, /stepsPerEpoch.*NaN/],
    [{ validationSteps: -1 }, /validationSteps/],
    [{ initialEpoch: -1 }, /initialEpoch to be an integer ≥ 0/],
    [{ initialEpoch: 0.5 }, /initialEpoch/],
    [{ initialEpoch: Number.NaN }, /initialEpoch/],
    [{ callbacks: {} }, /fit: expected callbacks to be a list/],
    [{ callbacks: [3] }, /fit: expected callbacks/],
    [{ sampleWeight: 3 }, /sampleWeight: expected arrays of numbers.*Received: number/],
    [{ sampleWeight: new Map() }, /sampleWeight: expected arrays of numbers.*Received: Map/],
    [{ classWeight: { 0: Number.NaN } }, /classWeight: expected finite weights/],
    [{ classWeight: { a: 1 } }, /classWeight: expected finite weights/],
    [{ classWeight: null }, /classWeight: expected a record of class numbers. Received: null/],
    [{ sampleWeight: null }, /sampleWeight: expected a weight for each sample. Received: null/],
    [{ validationData: null }, /validationData to be \{ x, y \} or batches. Received: null/],
    [{ signal: 'stop' }, /fit: expected signal to be an AbortSignal. Received: "stop"/],

    [{ epochs: 2n }, /epochs without a bigint. Received: 2n/],
  ] as const)('of fit: %#', async (options, message) => {
    const made = regression(await reference())
    const before = numbers(made)
    await expect(made.fit(x, y, { ...quiet, ...(options as FitOptions) })).rejects.toThrow(message)
    expect(numbers(made)).toEqual(before)
  })

  it.each([
    [() => layers.dense({ units: 1, dtype: 'float16' } as never), /expected dtype to be 'float32'/],
    [
      () => ops.add(layers.flatten()(input({ shape: [2, 1], dtype: 'uint8' })), 1),
      /expected integers of int32 or floats, since Keras computes with uint8/,
    ],
    [
      () => layers.dense({ units: 1, useBais: false } as never),
      /unknown option "useBais". Did you mean "useBias"\?/,
    ],
    [() => layers.lstm({ units: 1, returnSequence: true } as never), /Did you mean "returnSequences"\?/],
    [
      () => layers.batchNormalization({ momentum: 2 }),
      /momentum to be a finite number in \[0, 1\]. Received: 2/,
    ],
    [() => layers.batchNormalization({ epsilon: -1 }), /epsilon to be a finite number ≥ 0/],
    [() => layers.layerNormalization({ epsilon: Number.NaN }), /epsilon to be a number. Received: NaN/],
    [() => layers.leakyReLU({ negativeSlope: Number.NaN }), /negativeSlope/],
    [() => optimizers.adam({ beta1: Number.NaN }), /beta1 to be a number. Received: NaN/],
    [() => optimizers.adam({ epsilon: -1 }), /epsilon to be a finite number ≥ 0/],
    [() => optimizers.adam({ beta2: 1 }), /beta2 to be a finite number in \[0, 1\)/],
    [() => optimizers.sgd({ learning_rate: 1 } as never), /Did you mean "learningRate"\?/],
    [() => optimizers.rmsprop({ rho: 2 }), /rho/],
    [() => callbacks.earlyStopping({ patience: 1.5 }), /patience to be an integer/],
    [() => callbacks.earlyStopping({ restore_best_weights: true } as never), /restoreBestWeights/],
    [() => optimizers.adam({ beta1: '0.9' } as never), /beta1 to be a finite number.*Received: "0.9"/],
    [() => optimizers.adam({ amsgrad: 1 } as never), /amsgrad to be true or false. Received: 1/],
    [() => optimizers.adam({ epsilon: Number.POSITIVE_INFINITY }), /epsilon/],
    [() => layers.dense({ units: 1, useBias: 'no' } as never), /useBias to be true or false. Received: "no"/],
    [() => layers.dense({ units: 3n } as never), /expected units without a bigint. Received: 3n/],
    [() => layers.dense(null as never), /dense: expected a record of options. Received: null/],
    [() => layers.dense(undefined as never), /dense: expected a record of options. Received: undefined/],
    [() => layers.dropout({ rate: 2 }), /rate/],
    [() => model({ input: 1 } as never), /model: unknown option "input". Did you mean "inputs"\?/],
    [() => model(undefined as never), /model: expected a record of options/],
    [
      () => sequential(null as never),
      /sequential: expected a list of an input and of layers. Received: null/,
    ],
    [() => losses.binaryCrossentropy({ from_logits: true } as never), /Did you mean "fromLogits"\?/],
    [() => losses.binaryCrossentropy({ labelSmoothing: 2 }), /labelSmoothing/],
    [() => metrics.binaryAccuracy({ treshold: 0.3 } as never), /Did you mean "threshold"\?/],
    [() => metrics.binaryAccuracy({ threshold: Number.NaN }), /threshold to be a number. Received: NaN/],
    [() => regularizers.l2({ l1: 1 } as never), /regularizers.l2: unknown option "l1"/],
    [() => constraints.maxNorm({ maxValue: Number.POSITIVE_INFINITY }), /maxValue to be a finite number/],
    [() => initializers.randomNormal({ stddev: -1 }), /stddev to be a finite number ≥ 0/],
    [() => initializers.constant({ value: 'a' } as never), /value to be a finite number. Received: "a"/],
    [() => (initializers.ones as (options: object) => unknown)({ value: 1 }), /unknown option "value"/],
    [() => input({ shape: [2], dtype: 'constructor' as never }), /expected a dtype, one of bool/],
    [
      () => input({ shape: ['batch', 2] }),
      /expected a shape of integers ≥ 0, null or names other than batch/,
    ],
    [
      () => sequential([input({ shape: [2] }), layers.flatten()], { nam: 'a' } as never),
      /unknown option "nam". Did you mean "name"\?/,
    ],
    [
      () => sequential([input({ shape: [2] }), layers.flatten()], { dtype: 'float16' } as never),
      /expected dtype to be 'float32'/,
    ],
    [
      () => model({ ...edges(), dtype: 'mixed_float16' } as never),
      /expected dtype to be 'float32'.*Received: "mixed_float16"/,
    ],
    [() => callbacks.earlyStopping({ monitor: 3 } as never), /monitor to be the name of a loss or metric/],
    [() => optimizers.adam({ learningRate: null } as never), /optimizers.adam: expected learningRate/],
  ])('of what is made: %#', (make, message) => {
    expect(make).toThrow(message)
  })

  it('a learning rate that is no number is refused when it is set', async () => {
    const { optimizer } = regression(await reference())
    expect(() => {
      optimizer.learningRate = Number.NaN
    }).toThrow(/learningRate/)
  })
})

describe('names', () => {
  it('that differ in their capitals alone are told apart: Accuracy compares numbers', async () => {
    const made = regression(await reference(), {
      optimizer: optimizers.sgd({ learningRate: 0 }),
      metrics: ['Accuracy', metrics.binaryAccuracy()],
    })
    made.setWeights([
      { shape: [3, 1], data: Float32Array.of(0, 0, 0) },
      { shape: [1], data: Float32Array.of(2) },
    ])
    const logs = await made.evaluate(x, {
      shape: [ROWS, 1],
      data: Float32Array.from({ length: ROWS }, (_, i) => i % 3),
    })
    expect(logs.Accuracy ?? logs.accuracy).toBeCloseTo(1 / 3, 6)
  })

  it('of two booleans: sum, product, maximum and minimum are booleans, as in NumPy', async () => {
    const [p, q] = [input({ shape: [4], dtype: 'bool' }), input({ shape: [4], dtype: 'bool' })]
    const results = [ops.add(p, q), ops.multiply(p, q), ops.maximum(p, q), ops.minimum(p, q)]
    expect(results.map(({ dtype }) => dtype)).toEqual(['bool', 'bool', 'bool', 'bool'])
    const made = model({ inputs: [p, q], outputs: results }) as Model
    made.compile({ backend: await reference() })
    const answers = (await made.predict([[[0, 0, 1, 1]], [[0, 1, 0, 1]]])) as readonly { data: Uint8Array }[]
    expect(answers.map(({ data }) => Array.from(data))).toEqual([
      [0, 1, 1, 1],
      [0, 0, 0, 1],
      [0, 1, 1, 1],
      [0, 0, 0, 1],
    ])
    expect(() => ops.subtract(p, q)).toThrow(
      'Subtract "subtract_1": expected numbers. Received: two tensors of bool.',
    )
  })
})

describe('steps', () => {
  it('of arrays go on where the last epoch ended, and begin again after the last batch', async () => {
    const seen: number[] = []
    const made = regression(await reference(), { optimizer: optimizers.sgd({ learningRate: 0 }) })
    const each = async (options: FitOptions) => (await made.fit(x, y, { ...quiet, ...options })).history.loss!
    const batches = await Promise.resolve().then(async () => {
      for (let i = 0; i < 3; i++) {
        const rows = { shape: [4, 3], data: x.data.slice(i * 12, i * 12 + 12) }
        const { loss } = await made.evaluate(rows, { shape: [4, 1], data: y.data.slice(i * 4, i * 4 + 4) })
        seen.push(loss!)
      }
      return seen
    })
    const two = await each({ epochs: 3, stepsPerEpoch: 2 })
    const mean = (a: number, b: number): number => (batches[a]! + batches[b]!) / 2
    ;[mean(0, 1), mean(2, 0), mean(1, 2)].forEach((expected, i) => {
      expect(two[i]).toBeCloseTo(expected, 6)
    })
  })

  it('of a generator go on; one that ends stops the training', async () => {
    const made = regression(await reference())
    let made_ = 0
    function* endless(): Generator<Batch> {
      for (;;) {
        made_++
        yield { x, y }
      }
    }
    const { epoch } = await made.fit(endless(), { ...quiet, epochs: 3, stepsPerEpoch: 2 })
    expect([epoch.length, made_]).toEqual([3, 6])
    function* short(): Generator<Batch> {
      for (let i = 0; i < 3; i++) yield { x, y }
    }
    const ended = await made.fit(short(), { ...quiet, epochs: 5, stepsPerEpoch: 2 })
    expect(ended.epoch.length).toBe(2)
    let validated = 0
    const validationData = (): Iterable<Batch> =>
      (function* () {
        for (;;) {
          validated++
          yield { x, y }
        }
      })()
    await made.fit(x, y, { ...quiet, epochs: 2, validationData, validationSteps: 3 })
    expect(validated).toBe(6)
  })

  it('count class weights for each step of a sequence', async () => {
    const steps = input({ shape: [3, 2] })
    const made = model({ inputs: steps, outputs: layers.dense({ units: 2, activation: 'softmax' })(steps) })
    const data = { shape: [2, 3, 2], data: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)) }
    const labels = [
      [0, 1, 1],
      [1, 0, 1],
    ]
    const oneHot = labels.map((row) => row.map((label) => [1 - label, label]))
    const run = async (target: never, loss: string, more: FitOptions) => {
      made.compile({
        backend: await reference(),
        optimizer: optimizers.sgd({ learningRate: 0 }),
        loss: loss as never,
      })
      return (await made.fit(data, target, { verbose: 'silent', ...more })).history.loss![0]
    }
    const sampleWeight = labels.map((row) => row.map((label) => (label ? 3 : 0.5)))
    const expected = await run(labels as never, 'sparseCategoricalCrossentropy', { sampleWeight })
    const classWeight = { 0: 0.5, 1: 3 }
    expect(await run(labels as never, 'sparseCategoricalCrossentropy', { classWeight })).toBeCloseTo(
      expected!,
      6,
    )
    expect(await run(oneHot as never, 'categoricalCrossentropy', { classWeight })).toBeCloseTo(expected!, 6)
  })
})

describe('data that is no data', () => {
  const holds: unknown[] = []
  holds.push(holds)
  it.each([
    ['itself', holds, /at most 32 axes/],
    ['BigInt', [[1n, 2n, 3n]], /expected numbers. Received: bigint/],
    ['an array as data', { shape: [1, 3], data: [1, 2, 3] }, /expected \{ shape, data \}/],
    ['a shape of NaN', { shape: [Number.NaN, 3], data: new Float32Array(3) }, /shape of integers/],
    ['a promise', Promise.resolve([[1, 2, 3]]), /Received/],
    ['text', 'abc', /Received: string/],
    ['texts', [['a', 'b', 'c']], /expected numbers/],
    ['holes', [Array.from(new Array(1), () => new Array(3))], /expected numbers. Received: undefined/],
    ['null', null, /Received: null/],
    ['a number', 3, /Received: number/],
    ['a function', [[() => 1, 2, 3]], /Received: function/],
  ])('holds %s', async (_, data, message) => {
    const made = regression(await reference())
    await expect(made.predict(data as never)).rejects.toThrow(message)
    await expect(made.predict(data as never)).rejects.toMatchObject({ name: /Error/ })
  })

  it('is given as weights', async () => {
    const made = regression(await reference())
    expect(() => made.setWeights([[[1], [2], [3]], [0]] as never)).toThrow(/expected weight "head\/kernel"/)
    expect(() => made.setWeights(null as never)).toThrow(/expected a list of 2 weights. Received: null/)
    const big = { shape: [3, 1], data: new BigInt64Array(3) }
    expect(() => made.setWeights([big, big] as never)).toThrow(/expected weight "head\/kernel"/)
  })
})

describe.each(Object.entries(engines))('on %s', (_, engine) => {
  it('readers see the weights after the last step', async () => {
    const backend = await engine()
    const made = regression(backend)
    const seen: number[][] = []
    const other = model({ inputs: made.inputs, outputs: made.outputs, name: 'other' }) as Model
    const callback = {
      onBatchEnd: () => {
        seen.push(numbers(made))
        expect(numbers(other)).toEqual(numbers(made))
      },
    }
    await made.fit(x, y, { ...quiet, callbacks: [callback] })
    setRandomSeed(3)
    const alone = regression(await engine())
    for (let i = 0; i < 3; i++) {
      const rows = { shape: [4, 3], data: x.data.slice(i * 12, i * 12 + 12) }
      await alone.trainOnBatch(rows, { shape: [4, 1], data: y.data.slice(i * 4, i * 4 + 4) })
      numbers(alone).forEach((value, at) => {
        expect(seen[i]![at]).toBeCloseTo(value, 6)
      })
    }
    await backend.dispose()
  })

  it('an error in the middle of an epoch keeps the steps before it and leaks nothing', async () => {
    const backend = await engine()
    const made = regression(backend)
    const tensors = backend.memory?.().tensors
    const before = numbers(made)
    let count = 0
    const failing: Backend = {
      ...backend,
      upload: (array, options) => backend.upload(array, options),
      download: (tensor) => backend.download(tensor),
      async compile(program, options) {
        const executable = await backend.compile(program, options)
        return {
          run: (inputs) => (++count === 3 ? executable.run(inputs.slice(1)) : executable.run(inputs)),
          dispose: () => executable.dispose(),
        }
      },
    }
    made.compile({ backend: failing, optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'mse', seed: 1 })
    await expect(made.fit(x, y, quiet)).rejects.toThrow()
    expect(backend.memory?.().tensors).toBe(tensors)
    expect(numbers(made)).not.toEqual(before)
    setRandomSeed(3)
    const two = regression(await engine())
    await two.fit(x, y, { ...quiet, stepsPerEpoch: 2 })
    numbers(two).forEach((value, i) => {
      expect(numbers(made)[i]).toBeCloseTo(value, 6)
    })
    await made.fit(x, y, quiet)
    await made.dispose()
    expect(backend.memory?.().tensors).toBe(tensors)
    await backend.dispose()
  })

  it.each([-3, 7])('an index that is computed and lies outside of a table is refused: %i', async (index) => {
    const backend = await engine()
    const a = input({ shape: [2] })
    const indices = ops.cast(a, 'int32')
    const made = model({
      inputs: a,
      outputs: layers.embedding({ inputDim: 5, outputDim: 2 })(indices),
    }) as Model
    made.compile({ backend })
    await made.predict([[0, 4]])
    await expect(made.predict([[0, index]])).rejects.toThrow()
    await backend.dispose()
  })

  it('models that share weights do not train at once', async () => {
    const backend = await engine()
    const made = regression(backend)
    const other = model({ inputs: made.inputs, outputs: made.outputs, name: 'other' }) as Model
    other.compile({ backend, optimizer: 'sgd', loss: 'mse' })
    const first = made.fit(x, y, quiet)
    await expect(other.fit(x, y, quiet)).rejects.toThrow(
      'Functional "other" shares weights with Functional "m", which is at work: wait for its fit, evaluate or predict to end.',
    )
    expect(() => made.compile({ backend, loss: 'mse' })).toThrow(/is at work/)
    await first
    await other.fit(x, y, quiet)
    await backend.dispose()
  })
})
