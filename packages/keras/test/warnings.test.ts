import { reference } from '@fn/backend-reference'
import {
  type Backend,
  input,
  layers,
  type losses,
  type Metric,
  type Model,
  metrics,
  model,
  Optimizer,
} from '@fn/core'
import { modelFromKeras, modelToKeras } from '@fn/keras'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { beforeAll, describe, expect, it, vi } from 'vitest'

let backend: Backend
beforeAll(async () => {
  backend = await reference()
})

const line = (): Model => {
  const x = input({ shape: [3] })
  return model({ inputs: x, outputs: layers.dense({ units: 2 })(x) }) as Model
}

interface Compile {
  optimizer?: unknown
  loss?: unknown
  metrics?: unknown
}

/** A compiled model as a file, in which parts of its compile information are replaced. */
async function fileWith(
  own: Compile,
  options: Parameters<Model['compile']>[0] = { backend, optimizer: 'adam', loss: 'mse' },
) {
  const made = line()
  made.compile(options)
  const members = unzipSync(await modelToKeras(made))
  const config = JSON.parse(strFromU8(members['config.json']!)) as { compile_config: object }
  config.compile_config = { ...config.compile_config, ...own }
  return zipSync({ ...members, 'config.json': strToU8(JSON.stringify(config)) })
}

async function load(
  own: Compile,
  customObjects = {},
): Promise<{ loaded: Model; warnings: readonly string[] }> {
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  const loaded = await modelFromKeras(await fileWith(own), { backend, customObjects, onWarning })
  return { loaded, warnings }
}

const optimizer = (class_name: string, config: object): object => ({ class_name, config })

describe('a model with compile information that fn lacks loads, with one warning:', () => {
  it('AdamW, which is Adam with its weight decay', async () => {
    const { loaded, warnings } = await load({
      optimizer: optimizer('AdamW', {
        learning_rate: 0.001,
        weight_decay: 0.2,
        use_ema: false,
        ema_momentum: 0.9,
      }),
    })
    expect(loaded.compiled!.plan.optimizer.config).toMatchObject({ weightDecay: 0.2 })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('AdamW is read as Adam with its weight_decay')
  })

  it('a schedule, of which the first rate stays', async () => {
    const rate = {
      class_name: 'ExponentialDecay',
      config: { initial_learning_rate: 0.25, decay_steps: 100, decay_rate: 0.9 },
    }
    const { loaded, warnings } = await load({ optimizer: optimizer('Adam', { learning_rate: rate }) })
    expect(loaded.compiled!.plan.optimizer.className).toBe('Adam')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('It stays at 0.25.')
  })

  it('and "auto" of Keras 2 is what Keras 3 does by default, without a warning', async () => {
    const { loaded, warnings } = await load({
      loss: { class_name: 'MeanSquaredError', config: { reduction: 'auto', name: 'mse' } },
    })
    expect(loaded.compiled!.plan.outputs[0]!.loss!.reduction).toBe('sumOverBatchSize')
    expect(warnings).toEqual([])
  })
})

class Halving extends Optimizer {
  override readonly className = 'Halving'
  override readonly slots: readonly string[] = []
  constructor({ learningRate = 1 }: { learningRate?: number } = {}) {
    super(learningRate, {})
  }
  override update(b: Parameters<Optimizer['update']>[0], { variable }: Parameters<Optimizer['update']>[1]) {
    return { variable: b.mul(variable, 0.5), slots: {} }
  }
  protected override get ownConfig() {
    return {}
  }
}

/** The greatest error of an epoch: no mean of values of samples. */
const greatest: Metric = {
  name: 'greatest',
  state: ['greatest'],
  update: (b, [before], { target, prediction }) => [
    b.max(before!, b.reduceMax(b.abs(b.sub(target, prediction)), [0, 1])),
  ],
  result: ([value]) => value!,
}

describe('customObjects', () => {
  const cubed: ReturnType<typeof losses.meanSquaredError>['perSample'] = (b, y, p) =>
    b.mean(b.abs(b.pow(b.sub(y, p), 3)), [1])

  it('bring optimizers, losses and metrics with a state back, which train', async () => {
    const made = line()
    made.compile({
      backend,
      optimizer: new Halving(),
      loss: cubed,
      metrics: [greatest, metrics.mean('cubed', cubed)],
    })
    const warnings: string[] = []
    const loaded = await modelFromKeras(await modelToKeras(made), {
      backend,
      customObjects: { Halving, cubed, greatest },
      onWarning: (message) => void warnings.push(message),
    })
    expect(warnings).toEqual([])
    const [kernel] = loaded.getWeights()
    const history = await loaded.fit(
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      [
        [1, 2],
        [3, -4],
      ],
      { verbose: 'silent' },
    )
    expect(history.history.greatest).toEqual([4])
    // (1 + 8 + 27 + 64) / 4
    expect(history.history.cubed![0]).toBeCloseTo(25)
    expect(Array.from(loaded.getWeights()[0]!.data)).toEqual(
      Array.from(kernel!.data, (value) => Math.fround(value / 2)),
    )
  })

  it('a metric that is not known keeps its place: those after it are of the outputs after it', async () => {
    const x = input({ shape: [3] })
    const outputs = [layers.dense({ units: 1, name: 'a' })(x), layers.dense({ units: 1, name: 'b' })(x)]
    const made = model({ inputs: x, outputs })
    made.compile({ backend, optimizer: 'adam', loss: 'mse' })
    const members = unzipSync(await modelToKeras(made as Model))
    const config = JSON.parse(strFromU8(members['config.json']!)) as { compile_config: object }
    config.compile_config = {
      ...config.compile_config,
      metrics: ['lacking', 'mae'],
      weighted_metrics: [null, 'mse'],
    }
    const bytes = zipSync({ ...members, 'config.json': strToU8(JSON.stringify(config)) })
    const warnings: string[] = []
    const loaded = await modelFromKeras(bytes, {
      backend,
      onWarning: (message) => void warnings.push(message),
    })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('Unknown metric "lacking"')
    const logs = await loaded.evaluate([[1, 2, 3]], [[[1]], [[2]]])
    expect(Object.keys(logs).sort()).toEqual(['a_loss', 'b_loss', 'b_mae', 'b_mse', 'loss'])
  })

  it('and without a place for warnings they are printed', async () => {
    const print = vi.spyOn(console, 'warn').mockImplementation(() => {})
    await modelFromKeras(await fileWith({ metrics: ['lacking'] }), { backend, onWarning: undefined } as never)
    expect(print).toHaveBeenCalledOnce()
    print.mockRestore()
  })
})
