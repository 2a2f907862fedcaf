import {
  type Backend,
  type Data,
  type DataFor,
  type HostArray,
  type LossLike,
  modelFromConfig,
} from '@fn/core'
import {
  type Described,
  isDescribed,
  listFixtures,
  loadFixture,
  type TrainingOptionsFixture,
} from '@fn/golden'
import { compareArrays } from './compare-arrays.ts'
import { lossFrom, optimizerFrom } from './training-cases.ts'

/** The runs of `fit` with masks, several outputs, penalties and states that Keras was asked for. */
export const trainingOptionsCaseNames = (): readonly string[] => listFixtures('trainingOptions')

/**
 * Repeats the run of a fixture on a backend: the same starting weights, the same data in the same order.
 *
 * @returns a sentence for everything in which history, weights, states, evaluation or predictions differ from Keras
 */
export async function trainingOptionsCase(
  name: string,
  backend: Backend,
  tolerance: number,
): Promise<readonly string[]> {
  const fixture = loadFixture('trainingOptions', name)
  const problems: string[] = []
  const check = (what: string, expected: HostArray, actual: HostArray | undefined): void => {
    const mismatch = actual ? compareArrays(expected, actual, tolerance).mismatch : 'Received: nothing.'
    if (mismatch !== undefined) problems.push(`${what}: ${mismatch}`)
  }
  const checkNumbers = (
    what: string,
    expected: Readonly<Record<string, number>>,
    actual: Readonly<Record<string, number>>,
  ): void => {
    const own = Object.fromEntries(Object.entries(actual).filter(([key]) => !isAmbiguous(fixture, key)))
    const given = Object.entries(expected).filter(([key]) => !isAmbiguous(fixture, key))
    const keys = (list: readonly string[]): string => [...list].sort().join()
    if (keys(given.map(([key]) => renamed(fixture, key))) !== keys(Object.keys(own)))
      problems.push(
        `${what}: expected ${keys(given.map(([key]) => key))}. Received: ${keys(Object.keys(own))}.`,
      )
    for (const [key, value] of given)
      check(`${what}.${key}`, scalar(value), scalar(own[renamed(fixture, key)] ?? Number.NaN))
  }

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
  const one = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0]! : list)
  const weigh = (list: TrainingOptionsFixture['sampleWeight']): { readonly sampleWeight?: DataFor } =>
    list === null ? {} : { sampleWeight: one(list) as DataFor }
  const train = { x: one(fixture.x) as Data, y: one(fixture.y) as Data, ...weigh(fixture.sampleWeight) }
  const heldOut = {
    x: one(fixture.xValidation) as Data,
    y: one(fixture.yValidation) as Data,
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
  for (let epoch = 0; epoch < epochs; epoch++) {
    const at = (record: Readonly<Record<string, readonly number[]>>): Record<string, number> =>
      Object.fromEntries(Object.entries(record).map(([key, values]) => [key, values[epoch]!]))
    checkNumbers(`history[${epoch}]`, at(fixture.history), at(history))
  }
  model.getWeights().forEach((weight, at) => {
    check(fixture.weightPaths[at]!, fixture.finalWeights[at]!, weight)
  })
  fixture.statesAfterFit?.forEach((state, at) => {
    check(`state ${at}`, state, model.states[at]?.variable.value)
  })
  const evaluate = (data: typeof train) =>
    model.evaluate(data.x as never, data.y as never, {
      batchSize,
      ...('sampleWeight' in data ? { sampleWeight: data.sampleWeight! } : {}),
    })
  checkNumbers('evaluate', fixture.evaluate.train, await evaluate(train))
  if (fixture.evaluate.validation !== null)
    checkNumbers('evaluate on validation data', fixture.evaluate.validation, await evaluate(heldOut))

  const rows = fixture.predictions[0]!.shape[0]!
  const first = fixture.x.map((array) => ({
    ...array,
    shape: [rows, ...array.shape.slice(1)],
    data: array.data.slice(0, (rows * array.data.length) / array.shape[0]!),
  }))
  const predicted = await model.predict(one(first) as never, { batchSize })
  const list = 'shape' in predicted ? [predicted as HostArray] : Object.values(predicted as object)
  fixture.predictions.forEach((expected, at) => {
    check(`predictions ${at}`, expected, list[at] as HostArray)
  })
  await model.dispose()
  return problems
}

const scalar = (value: number): HostArray => ({ shape: [], dtype: 'float32', data: Float64Array.of(value) })

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
