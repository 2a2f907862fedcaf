import { type Backend, type Data, type DataFor, type LossLike, modelFromConfig } from '@fn/core'
import {
  type Described,
  isDescribed,
  listFixtures,
  loadFixture,
  type TrainingOptionsFixture,
} from '@fn/golden'
import type { Finding } from '../check.ts'
import { KerasReport, listOf, oneOrAll } from './keras-report.ts'
import { lossFrom, optimizerFrom } from './training-cases.ts'

/** The runs of `fit` with masks, several outputs, penalties and states that Keras was asked for. */
export const trainingOptionsCaseNames = (): readonly string[] => listFixtures('trainingOptions')

/**
 * Repeats the run of a fixture on a backend: the same starting weights, the same data in the same order.
 *
 * @returns everything in which history, weights, states, evaluation or predictions differ from Keras
 */
export async function trainingOptionsCase(
  name: string,
  backend: Backend,
  tolerance: number,
): Promise<Finding> {
  const fixture = loadFixture('trainingOptions', name)
  const report = new KerasReport(tolerance)
  const model = modelFromConfig(fixture.model)
  model.setWeights(fixture.initialWeights)
  const { optimizer, loss, metrics, weighted_metrics, loss_weights } = fixture.compile
  model.compile({
    backend,
    optimizer: optimizerFrom(optimizer),
    loss: lossesFrom(loss),
    ...(metrics === null ? {} : { metrics: metrics as never }),
    ...(weighted_metrics === null ? {} : { weightedMetrics: weighted_metrics as never }),
    ...(loss_weights === null ? {} : { lossWeights: loss_weights }),
  })
  const { epochs, batch_size: batchSize, validation } = fixture.fit
  const weigh = (list: TrainingOptionsFixture['sampleWeight']): { readonly sampleWeight?: DataFor } =>
    list === null ? {} : { sampleWeight: oneOrAll(list) as DataFor }
  const train = {
    x: oneOrAll(fixture.x) as Data,
    y: oneOrAll(fixture.y) as Data,
    ...weigh(fixture.sampleWeight),
  }
  const heldOut = {
    x: oneOrAll(fixture.xValidation) as Data,
    y: oneOrAll(fixture.yValidation) as Data,
    ...weigh(fixture.sampleWeightValidation),
  }
  const { history } = await model.fit(train.x as never, train.y as never, {
    epochs,
    batchSize,
    shuffle: false,
    verbose: 'silent',
    ...weigh(fixture.sampleWeight),
    ...(validation ? { validationData: heldOut } : {}),
  })
  const own = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([key]) => !isAmbiguous(fixture, key)))
  const theirs = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(own(record)).map(([key, value]) => [renamed(fixture, key), value]))
  report.history('history', theirs(fixture.history), own(history), epochs)
  model.getWeights().forEach((weight, at) => {
    report.array(fixture.weightPaths[at]!, fixture.finalWeights[at]!, weight)
  })
  fixture.statesAfterFit?.forEach((state, at) => {
    report.array(`state ${at}`, state, model.states[at]?.variable.value)
  })
  const evaluate = (data: typeof train) =>
    model.evaluate(data.x as never, data.y as never, {
      batchSize,
      ...('sampleWeight' in data ? { sampleWeight: data.sampleWeight! } : {}),
    })
  report.numbers('evaluate', theirs(fixture.evaluate.train), own(await evaluate(train)))
  if (fixture.evaluate.validation !== null)
    report.numbers(
      'evaluate on validation data',
      theirs(fixture.evaluate.validation),
      own(await evaluate(heldOut)),
    )

  const rows = fixture.predictions[0]!.shape[0]!
  const first = fixture.x.map((array) => ({
    ...array,
    shape: [rows, ...array.shape.slice(1)],
    data: array.data.slice(0, (rows * array.data.length) / array.shape[0]!),
  }))
  const predicted = listOf(await model.predict(oneOrAll(first) as never, { batchSize }))
  fixture.predictions.forEach((expected, at) => {
    report.array(`predictions ${at}`, expected, predicted[at])
  })
  await model.dispose()
  return report.finding
}

export function lossesFrom(loss: TrainingOptionsFixture['compile']['loss']) {
  const each = (one: Described | null): LossLike | null => one && lossFrom(one)
  if (Array.isArray(loss)) return loss.map(each)
  if (isDescribed(loss as never)) return lossFrom(loss as Described)
  return Object.fromEntries(
    Object.entries(loss as Record<string, Described | null>).map(([key, one]) => [key, each(one)]),
  )
}

/** Keras gives two outputs of one layer one name, under which the loss of the first is lost; here they have two. */
const isShared = ({ outputNames }: TrainingOptionsFixture): boolean =>
  new Set(outputNames).size < outputNames.length

const isAmbiguous = (fixture: TrainingOptionsFixture, key: string): boolean =>
  isShared(fixture) && /head(_1)?_loss$/.test(key)

const renamed = (fixture: TrainingOptionsFixture, key: string): string =>
  isShared(fixture) ? key.replace(/head_(\w+)_1$/, 'head_1_$1') : key
