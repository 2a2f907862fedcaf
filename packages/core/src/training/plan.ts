import type { Backend } from '../backend.ts'
import { ConfigError } from '../errors.ts'
import type { Layer, Weight } from '../functional/layer.ts'
import type { Model } from '../functional/model.ts'
import { followed } from '../functional/structure.ts'
import { Variable } from '../functional/variable.ts'
import { zeros } from '../initializers/initializer.ts'
import { type Loss, type LossLike, lossOf } from '../losses/index.ts'
import { type Metric, type MetricLike, metricOf } from '../metrics/index.ts'
import { type Optimizer, type OptimizerLike, optimizerOf } from '../optimizers/index.ts'
import { expectOptions, expectRecord } from '../options.ts'

/** Something for each output: one for all, a list in the order of the outputs, or a record by their names. */
export type PerOutput<T> = T | readonly T[] | Readonly<Record<string, T>>

export interface ModelCompileOptions {
  /** The engine: `await tfjs('wasm')`, … */
  readonly backend: Backend
  /** 'rmsprop' if nothing is said. */
  readonly optimizer?: OptimizerLike
  /** Needed to train and to evaluate. One for all outputs, a list, or a record of output names. */
  readonly loss?: PerOutput<LossLike | null>
  /** How much each loss counts in the sum that is minimised: a list, or a record of output names. */
  readonly lossWeights?: readonly number[] | Readonly<Record<string, number>>
  /**
   * For each output in a list, or in a record of output names; a single one is for every output. For an output several
   * make a list. null stands for no metric.
   */
  readonly metrics?:
    | readonly (MetricLike | null | readonly (MetricLike | null)[])[]
    | Readonly<Record<string, MetricLike | null | readonly (MetricLike | null)[]>>
  /** Like `metrics`, but sample weights and class weights count; `weighted_` leads the key of what is also in metrics. */
  readonly weightedMetrics?: ModelCompileOptions['metrics']
  /** Fixes shuffling and dropout; without it they follow from `setRandomSeed`. */
  readonly seed?: number
}

/** A metric, and the numbers that it keeps. */
export interface TrackedMetric {
  /** Its key in the history. */
  readonly key: string
  readonly metric: Metric
  readonly state: readonly Variable[]
  /** Whether sample weights count. */
  readonly weighted: boolean
}

/** What training does with one output. */
export interface OutputPlan {
  readonly name: string
  readonly loss: Loss | undefined
  readonly lossWeight: number
  readonly metrics: readonly TrackedMetric[]
  /** The mean of its own loss; absent where there is only one. */
  readonly tracker: TrackedMetric | undefined
}

/** Everything that `compile` settles. */
export interface Plan {
  readonly optimizer: Optimizer
  /** The weights of the model, with whether each trains. A change of `trainable` takes effect at the next compile. */
  readonly weights: readonly Weight[]
  /** The layers that do not train. */
  readonly frozen: ReadonlySet<Layer<unknown>>
  readonly outputs: readonly OutputPlan[]
  /** The mean of the whole loss. */
  readonly tracker: TrackedMetric
}

const lossMetric: Metric = {
  name: 'loss',
  state: ['total', 'count'],
  direction: 'min',
  update: () => [],
  result: ([total, count]) => (count === 0 ? 0 : total! / count!),
}

const track = (key: string, metric: Metric, weighted = false): TrackedMetric => ({
  key,
  metric,
  weighted,
  state: metric.state.map((name) => new Variable(`metric:${key}:${name}`, [], false, zeros())),
})

/**
 * Resolves names, and fits losses, weights and metrics to the outputs of a model.
 *
 * @throws ConfigError for a name that is not known, or an output that the model has not
 */
export function planOf(model: Model, options: ModelCompileOptions): Plan {
  expectRecord('compile', options)
  expectOptions('compile', options, [
    'backend',
    'optimizer',
    'loss',
    'lossWeights',
    'metrics',
    'weightedMetrics',
    'seed',
  ])
  const { backend, optimizer = 'rmsprop', loss, lossWeights, metrics } = options
  if (typeof backend?.compile !== 'function') {
    throw new ConfigError(
      `compile: expected a backend, such as await tfjs('wasm'). Received: ${typeof backend}.`,
    )
  }
  const names = model.outputPorts.map(({ name }) => name)
  const single = names.length === 1
  /** Where the outputs are nested, what is given in the same form stands in their order. */
  const inOrder = <T>(given: T): T => (followed(model.outputs, given) as T | undefined) ?? given
  const losses = spread('loss', names, inOrder(loss), isOne).map((like) =>
    like === undefined || like === null ? undefined : lossOf(like),
  )
  const several = losses.filter((own) => own !== undefined).length > 1
  const weights = spread('lossWeights', names, inOrder(lossWeights), (value) => typeof value === 'number')
  const lists = spreadMetrics(names, inOrder(metrics))
  const weightedLists = spreadMetrics(names, inOrder(options.weightedMetrics))
  const outputs = names.map((name, at): OutputPlan => {
    const lossWeight = weights[at] ?? 1
    if (!Number.isFinite(lossWeight)) {
      throw new ConfigError(
        `lossWeights: expected a number for output "${name}". Received: ${JSON.stringify(lossWeight)}.`,
      )
    }
    return {
      name,
      loss: losses[at],
      lossWeight,
      metrics: withKeys(lists[at]!.map(metricOf), weightedLists[at]!.map(metricOf)).map(
        ([key, metric, weighted]) => track(single ? key : `${name}_${key}`, metric, weighted),
      ),
      tracker: several ? track(`${name}_loss`, lossMetric) : undefined,
    }
  })
  return {
    optimizer: optimizerOf(optimizer),
    weights: model.weights,
    frozen: new Set(layersInside(model).filter(({ trainable }) => !trainable)),
    outputs,
    tracker: track('loss', lossMetric),
  }
}

/** A layer and all layers inside it, each once. */
function layersInside(outermost: Layer<unknown>): readonly Layer<unknown>[] {
  const found = new Set([outermost])
  // A set is walked to its end, also what is added on the way.
  for (const layer of found) for (const inner of layer.sublayers) found.add(inner)
  return [...found]
}

const isOne = (value: unknown): boolean =>
  typeof value === 'string' ||
  typeof value === 'function' ||
  (typeof value === 'object' && value !== null && 'perSample' in value)

/** One entry an output, from what a user may write. */
function spread<T>(
  what: string,
  names: readonly string[],
  given: PerOutput<T> | undefined,
  isSingle: (value: unknown) => boolean,
): readonly (T | undefined)[] {
  if (given === undefined) return names.map(() => undefined)
  if (isSingle(given)) return names.map(() => given as T)
  if (Array.isArray(given)) {
    if (given.length !== names.length) {
      throw new ConfigError(
        `${what}: expected ${names.length} entries, one for each of ${names.join(', ')}. Received: ${given.length}.`,
      )
    }
    return given as readonly T[]
  }
  if (typeof given !== 'object' || given === null) {
    throw new ConfigError(
      `${what}: expected one for all outputs, a list or a record. Received: ${JSON.stringify(given)}.`,
    )
  }
  return fromRecord(what, names, given as Readonly<Record<string, T>>)
}

function fromRecord<T>(
  what: string,
  names: readonly string[],
  record: Readonly<Record<string, T>>,
): readonly (T | undefined)[] {
  for (const key of Object.keys(record)) {
    if (!names.includes(key)) {
      throw new ConfigError(`${what}: the model has no output "${key}". Its outputs: ${names.join(', ')}.`)
    }
  }
  return names.map((name) => record[name])
}

function spreadMetrics(
  names: readonly string[],
  given: ModelCompileOptions['metrics'],
): readonly (readonly MetricLike[])[] {
  if (given === undefined) return names.map(() => [])
  if (!Array.isArray(given)) {
    if (typeof given !== 'object' || given === null)
      throw new ConfigError(`metrics: expected a list or a record. Received: ${JSON.stringify(given)}.`)
    return fromRecord('metrics', names, given as Readonly<Record<string, unknown>>).map(listOf)
  }
  const isFlat = !given.some((entry) => Array.isArray(entry))
  if (isFlat && (names.length === 1 || given.length <= 1)) return names.map(() => listOf(given))
  if (given.length !== names.length) {
    throw new ConfigError(
      `metrics: expected ${names.length} entries, one for each of ${names.join(', ')}. Received: ${given.length}.`,
    )
  }
  return given.map(listOf)
}

/** The metrics of one output, from one or several. */
const listOf = (entry: unknown): readonly MetricLike[] =>
  [entry ?? []].flat().filter((one): one is MetricLike => one !== null)

/** accuracy, accuracy_1, … and weighted_accuracy where a weighted one has the name of another. */
function withKeys(
  plain: readonly Metric[],
  weighted: readonly Metric[],
): readonly (readonly [key: string, metric: Metric, weighted: boolean])[] {
  const used = new Set<string>(['loss'])
  const keyed = (metric: Metric, isWeighted: boolean) => {
    const stem = isWeighted && used.has(metric.name) ? `weighted_${metric.name}` : metric.name
    let key = stem
    for (let count = 1; used.has(key); count++) key = `${stem}_${count}`
    used.add(key)
    return [key, metric, isWeighted] as const
  }
  return [...plain.map((metric) => keyed(metric, false)), ...weighted.map((metric) => keyed(metric, true))]
}

/** All metrics of a plan in the order in which they are shown. */
export function trackedMetrics({ tracker, outputs }: Plan): readonly TrackedMetric[] {
  const ownLosses = outputs.flatMap((output) => (output.tracker && output.loss ? [output.tracker] : []))
  return [tracker, ...ownLosses, ...outputs.flatMap(({ metrics }) => metrics)]
}
