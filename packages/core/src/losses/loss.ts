import { ConfigError, ShapeError } from '../errors.ts'
import type { Builder } from '../program/builder.ts'
import { formatShape, sameShape } from '../program/dims.ts'
import type { Value } from '../program/types.ts'

/** The elements that probabilities are kept away from 0 and 1 by, as in Keras. */
export const EPSILON = 1e-7

/**
 * What targets look like. same: as the predictions. classes: one whole number for each row of predictions.
 * any: whatever the function makes of them.
 */
export type TargetKind = 'same' | 'classes' | 'any'

/**
 * How the losses of samples become one. sumOverBatchSize: their weighted sum, divided by their number. sum: that alone.
 * meanWithSampleWeight: divided by the sum of the weights.
 */
export type Reduction = 'sumOverBatchSize' | 'sum' | 'meanWithSampleWeight'

export const reductions: readonly Reduction[] = ['sumOverBatchSize', 'sum', 'meanWithSampleWeight']

/** What every loss lets its user choose. */
export interface ReductionOptions {
  readonly reduction?: Reduction
}

/** How far predictions are from targets. */
export interface Loss {
  readonly className: string
  /** Its options, in camelCase. */
  readonly config: Readonly<Record<string, unknown>>
  readonly target: TargetKind
  /** sumOverBatchSize if nothing is said. */
  readonly reduction?: Reduction
  /** The loss of each sample: predictions [batch, …, n] give [batch, …]. */
  perSample(b: Builder, target: Value, prediction: Value): Value
}

const last = (x: Value): readonly [number] => [x.shape.length - 1]

export interface CrossentropyOptions extends ReductionOptions {
  /** Whether the predictions are logits; else they are probabilities. */
  readonly fromLogits?: boolean
}

export interface SmoothedCrossentropyOptions extends CrossentropyOptions {
  /** How far targets are moved toward the even distribution, in [0, 1]. */
  readonly labelSmoothing?: number
}

/** −Σ y ln p over the classes, of one-hot or soft targets [batch, …, classes]. */
export const categoricalCrossentropy = ({
  fromLogits = false,
  labelSmoothing = 0,
  reduction = 'sumOverBatchSize',
}: SmoothedCrossentropyOptions = {}): Loss => ({
  className: 'CategoricalCrossentropy',
  config: { fromLogits, labelSmoothing, reduction },
  reduction: reductionOf(reduction),
  target: 'same',
  perSample(b, target, prediction) {
    const classes = b.count(prediction, last(prediction))
    const smooth =
      labelSmoothing === 0
        ? target
        : b.add(b.mul(target, 1 - labelSmoothing), b.div(b.scalar(labelSmoothing), classes))
    return b.neg(b.reduceSum(b.mul(smooth, logProbabilities(b, prediction, fromLogits)), last(prediction)))
  },
})

/** −ln p of the right class; targets are class numbers [batch, …]. */
export const sparseCategoricalCrossentropy = ({
  fromLogits = false,
  reduction = 'sumOverBatchSize',
}: CrossentropyOptions = {}): Loss => ({
  className: 'SparseCategoricalCrossentropy',
  config: { fromLogits, reduction },
  reduction: reductionOf(reduction),
  target: 'classes',
  perSample(b, target, prediction) {
    const log = logProbabilities(b, prediction, fromLogits)
    const hit = b.equal(b.reshape(target, [...target.shape, 1]), b.iota([prediction.shape.at(-1)!], 0))
    return b.neg(b.reduceSum(b.select(hit, log, b.scalar(0)), last(prediction)))
  },
})

/** ln p, from probabilities, which are brought to the sum 1, or from logits. */
function logProbabilities(b: Builder, prediction: Value, fromLogits: boolean): Value {
  if (fromLogits) return b.logSoftmax(prediction)
  const share = b.div(prediction, b.reduceSum(prediction, last(prediction), true))
  return b.log(b.clip(share, EPSILON, 1 - EPSILON))
}

/** The mean of −(y ln p + (1 − y) ln(1 − p)) over the last axis. */
export const binaryCrossentropy = ({
  fromLogits = false,
  labelSmoothing = 0,
  reduction = 'sumOverBatchSize',
}: SmoothedCrossentropyOptions = {}): Loss => ({
  className: 'BinaryCrossentropy',
  config: { fromLogits, labelSmoothing, reduction },
  reduction: reductionOf(reduction),
  target: 'same',
  perSample(b, target, prediction) {
    const smooth =
      labelSmoothing === 0 ? target : b.add(b.mul(target, 1 - labelSmoothing), 0.5 * labelSmoothing)
    if (fromLogits) {
      // −ln σ(x) = softplus(−x), −ln(1 − σ(x)) = softplus(x) = softplus(−x) + x
      return b.mean(b.sub(b.softplus(prediction), b.mul(smooth, prediction)), last(prediction))
    }
    const p = b.clip(prediction, EPSILON, 1 - EPSILON)
    const right = b.mul(smooth, b.log(p))
    const wrong = b.mul(b.sub(1, smooth), b.log(b.sub(1, p)))
    return b.mean(b.neg(b.add(right, wrong)), last(prediction))
  },
})

/** The mean of (y − p)² over the last axis. */
export const meanSquaredError = ({ reduction = 'sumOverBatchSize' }: ReductionOptions = {}): Loss => ({
  className: 'MeanSquaredError',
  config: { reduction },
  reduction: reductionOf(reduction),
  target: 'same',
  perSample: (b, target, prediction) => b.mean(b.square(b.sub(prediction, target)), last(prediction)),
})

/** The mean of |y − p| over the last axis. */
export const meanAbsoluteError = ({ reduction = 'sumOverBatchSize' }: ReductionOptions = {}): Loss => ({
  className: 'MeanAbsoluteError',
  config: { reduction },
  reduction: reductionOf(reduction),
  target: 'same',
  perSample: (b, target, prediction) => b.mean(b.abs(b.sub(prediction, target)), last(prediction)),
})

/** A loss from a function of one's own that gives the loss of each sample. */
export const customLoss = (perSample: Loss['perSample']): Loss => ({
  className: perSample.name || 'Custom',
  config: {},
  target: 'any',
  perSample,
})

/** @throws ConfigError for a name that is no reduction */
function reductionOf(name: Reduction): Reduction {
  if (reductions.includes(name)) return name
  throw new ConfigError(
    `Expected reduction to be one of ${reductions.join(', ')}. Received: ${JSON.stringify(name)}.`,
  )
}

/**
 * The losses of samples as one, with their weights and with a mask: Σ l·w·m, divided as the reduction says by the number
 * of those that count, Σ m, by Σ w·m, or by nothing.
 *
 * @throws ShapeError for weights that do not fit
 */
export function reduceLoss(
  b: Builder,
  perSample: Value,
  weights?: Value,
  mask?: Value,
  reduction: Reduction = 'sumOverBatchSize',
): Value {
  const counts = mask && b.cast(mask, 'float32')
  const factors = [weights, counts].filter((factor) => factor !== undefined)
  const aligned = factors.map((factor) => alignWeights(b, factor, perSample))
  const weighted = aligned.reduce((x, y) => b.mul(x, y), perSample)
  if (reduction === 'sum') return b.reduceSum(weighted)
  if (reduction === 'meanWithSampleWeight' && aligned.length > 0) {
    const total = b.reduceSum(
      b.broadcast(
        aligned.reduce((x, y) => b.mul(x, y)),
        perSample.shape,
      ),
    )
    return quotient(b, b.reduceSum(weighted), total)
  }
  if (counts === undefined) return b.mean(weighted)
  const share = quotient(b, b.count(counts, axesOf(counts)), b.reduceSum(counts))
  return b.mul(b.mean(weighted), share)
}

/** x / y, and 0 where y is 0. */
const quotient = (b: Builder, x: Value, y: Value): Value => {
  const none = b.equal(y, 0)
  return b.select(none, b.scalar(0), b.div(x, b.select(none, b.scalar(1), y)))
}

const axesOf = ({ shape }: Value): number[] => shape.map((_, axis) => axis)

/** Sample weights [batch] or [batch, steps], ready to multiply values [batch, …]. */
export function alignWeights(b: Builder, weights: Value, values: Value): Value {
  const lead = values.shape.slice(0, weights.shape.length)
  if (!sameShape(weights.shape, lead)) {
    throw new ShapeError(
      `expected sample weights of shape ${formatShape(lead)}. Received: ${formatShape(weights.shape)}.`,
    )
  }
  return b.reshape(weights, [...weights.shape, ...values.shape.slice(weights.shape.length).map(() => 1)])
}
