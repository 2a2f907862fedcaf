import { ShapeError } from '../errors.ts'
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

/** How far predictions are from targets. */
export interface Loss {
  readonly className: string
  /** Its options, in camelCase. */
  readonly config: Readonly<Record<string, unknown>>
  readonly target: TargetKind
  /** The loss of each sample: predictions [batch, …, n] give [batch, …]. */
  perSample(b: Builder, target: Value, prediction: Value): Value
}

const last = (x: Value): readonly [number] => [x.shape.length - 1]

export interface CrossentropyOptions {
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
}: SmoothedCrossentropyOptions = {}): Loss => ({
  className: 'CategoricalCrossentropy',
  config: { fromLogits, labelSmoothing },
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
export const sparseCategoricalCrossentropy = ({ fromLogits = false }: CrossentropyOptions = {}): Loss => ({
  className: 'SparseCategoricalCrossentropy',
  config: { fromLogits },
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
}: SmoothedCrossentropyOptions = {}): Loss => ({
  className: 'BinaryCrossentropy',
  config: { fromLogits, labelSmoothing },
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
export const meanSquaredError = (): Loss => ({
  className: 'MeanSquaredError',
  config: {},
  target: 'same',
  perSample: (b, target, prediction) => b.mean(b.square(b.sub(prediction, target)), last(prediction)),
})

/** The mean of |y − p| over the last axis. */
export const meanAbsoluteError = (): Loss => ({
  className: 'MeanAbsoluteError',
  config: {},
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

/**
 * The mean of the losses of all samples; with weights, of the weighted losses, still divided by their number. With a
 * mask, of those that count: Σ l·w·m / Σ m.
 *
 * @throws ShapeError for weights that do not fit
 */
export function reduceLoss(b: Builder, perSample: Value, weights?: Value, mask?: Value): Value {
  const weighted = weights === undefined ? perSample : b.mul(perSample, alignWeights(b, weights, perSample))
  if (mask === undefined) return b.mean(weighted)
  const counts = b.cast(mask, 'float32')
  const share = b.div(b.count(mask, axesOf(mask)), b.max(b.reduceSum(counts), 1))
  return b.mean(b.mul(weighted, alignWeights(b, b.mul(counts, share), perSample)))
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
