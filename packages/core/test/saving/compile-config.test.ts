import { reference } from '@fn/backend-reference'
import {
  type CompileConfig,
  ConfigError,
  compileConfig,
  compileOptionsFrom,
  input,
  layers,
  losses,
  type Model,
  type ModelCompileOptions,
  metrics,
  model,
  optimizers,
} from '@fn/core'
import { beforeAll, describe, expect, it } from 'vitest'

type Options = Omit<ModelCompileOptions, 'backend'>

let backend: ModelCompileOptions['backend']
beforeAll(async () => {
  backend = await reference()
})

const x = input({ shape: [2] })
const one = model({ inputs: x, outputs: layers.dense({ units: 1 })(x) }) as Model
const heads = [layers.dense({ units: 1, name: 'a' })(x), layers.dense({ units: 3, name: 'b' })(x)] as const
const two = model({ inputs: x, outputs: heads }) as Model
const named = model({ inputs: x, outputs: { first: heads[0], second: heads[1] } }) as Model

function written(made: Model, options: Options): CompileConfig {
  made.compile({ backend, ...options })
  return JSON.parse(JSON.stringify(compileConfig(made))) as CompileConfig
}

/** What is read from it, written again. */
const again = (made: Model, config: CompileConfig, customObjects = {}): CompileConfig =>
  written(made, compileOptionsFrom(config, { customObjects }))

describe('how a model was compiled', () => {
  it('is not there before', () => {
    const fresh = model({ inputs: x, outputs: layers.dense({ units: 1 })(x) }) as Model
    expect(compileConfig(fresh)).toBeUndefined()
  })

  it('goes out as Keras writes it, and in again', () => {
    const config = written(one, {
      optimizer: optimizers.adam({ learningRate: 0.5, beta1: 0.8, clipnorm: 2 }),
      loss: losses.binaryCrossentropy({ fromLogits: true, reduction: 'sum' }),
      metrics: ['mae', metrics.binaryAccuracy({ threshold: 0.7, name: 'hits' }), 'accuracy'],
      weightedMetrics: ['mse'],
    })
    expect(config).toMatchObject({
      optimizer: {
        module: 'keras.optimizers',
        class_name: 'Adam',
        config: { name: 'adam', learning_rate: 0.5, beta_1: 0.8, beta_2: 0.999, clipnorm: 2, amsgrad: false },
      },
      loss: {
        module: 'keras.losses',
        class_name: 'BinaryCrossentropy',
        config: { name: 'binary_crossentropy', from_logits: true, label_smoothing: 0, reduction: 'sum' },
      },
      loss_weights: null,
      metrics: [
        'mae',
        { module: 'keras.metrics', class_name: 'BinaryAccuracy', config: { threshold: 0.7, name: 'hits' } },
        'accuracy',
      ],
      weighted_metrics: ['mse'],
    })
    expect(again(one, config)).toEqual(config)
  })

  it('of several outputs has an entry for each, in the form of the outputs', () => {
    const options: Options = { loss: ['mse', null], lossWeights: [0.5, 1], metrics: [['mae'], ['accuracy']] }
    const list = written(two, options)
    expect(list).toMatchObject({ loss_weights: [0.5, 1], metrics: [['mae'], ['accuracy']] })
    expect((list.loss as readonly unknown[])[1]).toBeNull()
    expect(again(two, list)).toEqual(list)
    const record = written(named, { loss: { first: 'mse', second: 'mae' }, metrics: { second: 'accuracy' } })
    expect(record.loss).toMatchObject({
      first: { class_name: 'MeanSquaredError' },
      second: { class_name: 'MeanAbsoluteError' },
    })
    expect(record.metrics).toEqual({ first: [], second: ['accuracy'] })
    expect(again(named, record)).toEqual(record)
    // A single metric is for each output here, and for the first in Keras.
    expect(written(two, { loss: 'mse', metrics: ['mae'] }).metrics).toEqual([['mae'], ['mae']])
  })

  it('names functions of somebody, which are handed in again', () => {
    const cubed: ReturnType<typeof losses.meanSquaredError>['perSample'] = (b, y, p) =>
      b.mean(b.abs(b.pow(b.sub(y, p), 3)), [1])
    const config = written(one, { loss: cubed, metrics: [metrics.mean('cubed', cubed)] })
    const reference = {
      module: 'builtins',
      class_name: 'function',
      config: 'cubed',
      registered_name: 'function',
    }
    expect(config).toMatchObject({ loss: reference, metrics: [reference] })
    expect(again(one, config, { cubed })).toEqual(config)
    expect(() => compileOptionsFrom(config)).toThrow(
      'One of your own is handed in as customObjects.cubed: a function',
    )
  })

  it('is read where Keras says it in another way', () => {
    const optimizer = { class_name: 'SGD', config: { momentum: 0, use_ema: false, ema_momentum: 0.99 } }
    const config = {
      optimizer,
      loss: { class_name: 'function', config: 'mean_squared_error' },
      loss_weights: null,
      metrics: [
        {
          class_name: 'MeanMetricWrapper',
          config: { name: 'off', dtype: 'float32', fn: 'mean_absolute_error' },
        },
        { class_name: 'MeanSquaredError', config: { name: 'q', dtype: 'float32' } },
      ],
      weighted_metrics: null,
    } as unknown as CompileConfig
    one.compile({ backend, ...compileOptionsFrom(config) })
    const [{ metrics: found, loss }] = one.compiled!.plan.outputs as never as [
      { metrics: { key: string }[]; loss: { className: string } },
    ]
    expect([loss.className, ...found.map(({ key }) => key)]).toEqual(['MeanSquaredError', 'off', 'q'])
  })

  it('names all that is not understood at once', () => {
    const config = {
      optimizer: { class_name: 'Lion', config: {} },
      loss: { class_name: 'MeanSquaredError', config: { power: 3 } },
      metrics: ['auc', 'mae'],
    } as unknown as CompileConfig
    expect(() => compileOptionsFrom(config)).toThrow(ConfigError)
    expect(() => compileOptionsFrom(config)).toThrow(
      /^The model can not be compiled as in the file\.\noptimizer: Unknown optimizer "Lion"\..*\nloss: MeanSquaredError: the option power=3 is not supported\.\nmetrics: Unknown metric "auc"\./,
    )
    const scheduled = {
      optimizer: { class_name: 'Adam', config: { learning_rate: { class_name: 'CosineDecay', config: {} } } },
    } as unknown as CompileConfig
    expect(() => compileOptionsFrom(scheduled)).toThrow('Adam: expected a number as learning_rate.')
  })
})
