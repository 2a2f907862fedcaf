import {
  type Backend,
  type Data,
  type HostArray,
  type LossLike,
  losses,
  type Model,
  modelFromConfig,
  type Optimizer,
  optimizers,
} from '@fn/core'
import { type Described, isDescribed, listFixtures, loadFixture, type TrainingFixture } from '@fn/golden'
import type { Finding } from '../check.ts'
import { KerasReport, listOf } from './keras-report.ts'

/** The runs of `fit` that Keras was asked for. */
export const trainingCaseNames = (): readonly string[] => listFixtures('training')

/**
 * Repeats every run of a fixture on a backend: the same starting weights, the same data in the same order.
 *
 * @returns everything in which history, weights, evaluation or predictions differ from Keras
 */
export async function trainingCase(name: string, backend: Backend, tolerance: number): Promise<Finding> {
  const fixture = loadFixture('training', name)
  const data = loadFixture('trainingData', fixture.data)
  const report = new KerasReport(tolerance)
  for (const { epochs, history, evaluate, finalWeights, predictions } of fixture.runs) {
    const model = modelFromConfig(fixture.model)
    model.setWeights(data.initialWeights)
    compile(model, fixture, backend)
    const { targets } = fixture
    const y = targets === null ? data.y : data.y[targets]!
    const yValidation = targets === null ? data.yValidation : data.yValidation[targets]!
    const fitted = await model.fit(data.x, y as Data, {
      epochs,
      batchSize: fixture.fit.batch_size,
      shuffle: false,
      verbose: 'silent',
      validationData: { x: data.xValidation, y: yValidation as Data },
      ...(fixture.fit.sample_weight ? { sampleWeight: data.sampleWeight! } : {}),
      ...(fixture.fit.class_weight === null ? {} : { classWeight: fixture.fit.class_weight }),
    })
    const where = `${epochs} epochs`
    report.history(`${where}, history`, history, fitted.history, epochs)
    model.getWeights().forEach((weight, at) => {
      report.array(`${where}, ${data.weightPaths[at]}`, finalWeights[at]!, weight)
    })
    const options = { batchSize: fixture.fit.batch_size }
    report.numbers(`${where}, evaluate`, evaluate.train, await model.evaluate(data.x, y as Data, options))
    report.numbers(
      `${where}, evaluate on validation data`,
      evaluate.validation,
      await model.evaluate(data.xValidation, yValidation as Data, options),
    )

    const first = Object.fromEntries(Object.entries(data.x).map(([key, array]) => [key, head(array, 10)]))
    const predicted = listOf(await model.predict(first))
    model.outputPorts.forEach((port, at) => {
      report.array(`${where}, predictions of ${port.name}`, predictions[port.name]!, predicted[at])
    })
    await model.dispose()
  }
  return report.finding
}

function compile(model: Model, { compile: settings }: TrainingFixture, backend: Backend): void {
  const { optimizer, loss, metrics, weighted_metrics, loss_weights } = settings
  model.compile({
    backend,
    optimizer: optimizerFrom(optimizer),
    loss: isDescribed(loss)
      ? lossFrom(loss)
      : Object.fromEntries(Object.entries(loss).map(([key, own]) => [key, lossFrom(own)])),
    metrics: metrics as never,
    ...(weighted_metrics === null ? {} : { weightedMetrics: weighted_metrics as never }),
    ...(loss_weights === null ? {} : { lossWeights: loss_weights }),
  })
}

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

export function optimizerFrom({ class_name, config }: Described): Optimizer {
  const make = optimizers[class_name.toLowerCase() as keyof typeof optimizers] as (
    options: object,
  ) => Optimizer
  const known = Object.keys(make({}).config)
  const options = Object.entries(config).map(([key, value]) => [camelCase(key), value] as const)
  return make(Object.fromEntries(options.filter(([key]) => known.includes(key))))
}

export function lossFrom({ class_name, config }: Described): LossLike {
  const name = class_name.charAt(0).toLowerCase() + class_name.slice(1)
  const make = losses[name as keyof typeof losses] as (options: object) => LossLike
  const { from_logits: fromLogits, label_smoothing: labelSmoothing, reduction } = config
  return make({ fromLogits, labelSmoothing, reduction: camelCase(reduction as string) })
}

function head({ shape, dtype, data }: HostArray, rows: number): HostArray & { readonly data: Float32Array } {
  const size = data.length / shape[0]!
  return { shape: [rows, ...shape.slice(1)], dtype, data: (data as Float32Array).slice(0, rows * size) }
}
