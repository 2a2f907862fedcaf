import { ConfigError, ShapeError, shown } from '../errors.ts'
import { type Loss, lossTable } from '../losses/index.ts'
import { withCheckedOptions } from '../options.ts'
import { formatShape, sameShape } from '../program/dims.ts'
import { lookUp, snakeCase } from '../saving/naming.ts'
import {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  equalityAccuracy,
  sparseCategoricalAccuracy,
} from './accuracy.ts'
import { type Metric, meanMetric } from './metric.ts'

export type { Metric, MetricBatch } from './metric.ts'

const factories = {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  equalityAccuracy,
  sparseCategoricalAccuracy,
}

/** Makes metrics: `metrics.binaryAccuracy({ threshold: 0.7 })`. */
export const metrics = {
  ...withCheckedOptions<Metric, typeof factories>('metrics', factories, ({ described }) => ({
    name: '',
    ...(typeof described === 'object' ? described.config : {}),
  })),
  mean: meanMetric,
}

type MetricFactory = (options?: { readonly name?: string }) => Metric

/** The mean of a loss over all samples. */
const ofLoss =
  (loss: (options?: never) => Loss): MetricFactory =>
  ({ name, ...options } = {}) => {
    const { perSample, className, config, target } = loss(options as never)
    const { reduction: _reduction, ...own } = config
    const checked: Loss['perSample'] = (b, y, p) => {
      if (target === 'same' && !sameShape(y.shape, p.shape))
        throw new ShapeError(
          `metric "${className}": expected targets of shape ${formatShape(p.shape)}, as the predictions. Received: ${formatShape(y.shape)}.`,
        )
      return perSample(b, y, p)
    }
    const metric = meanMetric(name ?? snakeCase(className), checked)
    return { ...metric, direction: 'min', described: { className, config: { name: metric.name, ...own } } }
  }

const table = {
  acc: accuracy,
  accuracy,
  // The class, which compares numbers; the name `accuracy` chooses by the shapes.
  Accuracy: equalityAccuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  binaryCrossentropy: ofLoss(lossTable.binaryCrossentropy),
  categoricalCrossentropy: ofLoss(lossTable.categoricalCrossentropy),
  sparseCategoricalCrossentropy: ofLoss(lossTable.sparseCategoricalCrossentropy),
  mae: ofLoss(lossTable.mae),
  meanAbsoluteError: ofLoss(lossTable.mae),
  meanSquaredError: ofLoss(lossTable.mse),
  mse: ofLoss(lossTable.mse),
} satisfies Record<string, MetricFactory>

export type MetricName = keyof typeof table

/** A metric, or its name, under which the history has it then. */
export type MetricLike = Metric | MetricName

/** @throws ConfigError for a name that no metric has */
export const metricNamed = (name: string, options?: { readonly name?: string }): Metric =>
  lookUp<MetricFactory>('metric', name, table)(options)

/** @throws ConfigError for a name that no metric has */
export function metricOf(like: MetricLike): Metric {
  if (typeof like === 'string') return { ...metricNamed(like, { name: like }), described: snakeCase(like) }
  if (typeof like?.update !== 'function') {
    throw new ConfigError(`Expected a metric or its name. Received: ${shown(like)}.`)
  }
  return like
}
