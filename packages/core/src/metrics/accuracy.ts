import { ShapeError } from '../errors.ts'
import type { Builder } from '../program/builder.ts'
import { formatShape, sameShape } from '../program/dims.ts'
import type { Value } from '../program/types.ts'
import { type Metric, meanMetric } from './metric.ts'

const lastAxis = (x: Value): number => x.shape.length - 1

const share = (b: Builder, hit: Value): Value => b.cast(hit, 'float32')

export interface AccuracyOptions {
  readonly name?: string
}

export interface BinaryAccuracyOptions extends AccuracyOptions {
  /** What lies above it counts as 1. */
  readonly threshold?: number
}

function binary(b: Builder, target: Value, prediction: Value, threshold: number): Value {
  const guess = b.cast(b.less(threshold, prediction), target.dtype)
  return b.mean(share(b, b.equal(target, guess)), [lastAxis(prediction)])
}

function categorical(b: Builder, target: Value, prediction: Value): Value {
  return share(b, b.equal(b.argMax(target, lastAxis(target)), b.argMax(prediction, lastAxis(prediction))))
}

function sparse(b: Builder, target: Value, prediction: Value): Value {
  return share(
    b,
    b.equal(b.cast(dropLastOne(b, target, prediction), 'int32'), b.argMax(prediction, lastAxis(prediction))),
  )
}

/** [batch, 1] → [batch], where predictions are [batch, classes]. */
function dropLastOne(b: Builder, target: Value, prediction: Value): Value {
  const extra = target.shape.length === prediction.shape.length && target.shape.at(-1) === 1
  return extra ? b.reshape(target, target.shape.slice(0, -1)) : target
}

/** The share of predictions that equal their targets: Keras's class `Accuracy`. */
export const equalityAccuracy = ({ name = 'accuracy' }: AccuracyOptions = {}): Metric => ({
  ...meanMetric(name, (b, target, prediction) => {
    if (!sameShape(target.shape, prediction.shape))
      throw new ShapeError(
        `metric "Accuracy": expected targets of shape ${formatShape(prediction.shape)}, as the predictions. Received: ${formatShape(target.shape)}.`,
      )
    const hits = share(b, b.equal(b.cast(target, prediction.dtype), prediction))
    return hits.shape.length > 1 ? b.mean(hits, [lastAxis(hits)]) : hits
  }),
  described: { className: 'Accuracy', config: { name } },
  direction: 'max',
})

/** The share of elements on the right side of a threshold. */
export const binaryAccuracy = ({
  name = 'binary_accuracy',
  threshold = 0.5,
}: BinaryAccuracyOptions = {}): Metric => ({
  ...meanMetric(name, (b, target, prediction) => binary(b, target, prediction, threshold)),
  described: { className: 'BinaryAccuracy', config: { name, threshold } },
  direction: 'max',
})

/** How often the greatest prediction is at the greatest target. */
export const categoricalAccuracy = ({ name = 'categorical_accuracy' }: AccuracyOptions = {}): Metric => ({
  ...meanMetric(name, categorical),
  described: { className: 'CategoricalAccuracy', config: { name } },
  direction: 'max',
})

/** How often the greatest prediction is at the class that the target names. */
export const sparseCategoricalAccuracy = ({
  name = 'sparse_categorical_accuracy',
}: AccuracyOptions = {}): Metric => ({
  ...meanMetric(name, sparse),
  described: { className: 'SparseCategoricalAccuracy', config: { name } },
  direction: 'max',
})

/** Binary, sparse or categorical accuracy, whichever the shapes call for. */
export const accuracy = ({ name = 'accuracy' }: AccuracyOptions = {}): Metric => ({
  ...meanMetric(name, (b, target, prediction) => {
    if (prediction.shape.length === 0) {
      throw new ShapeError(
        `expected predictions of rank ≥ 1 for accuracy. Received: ${formatShape(prediction.shape)}.`,
      )
    }
    if (prediction.shape.at(-1) === 1) return binary(b, target, prediction, 0.5)
    const named = target.shape.length < prediction.shape.length || target.shape.at(-1) === 1
    return named ? sparse(b, target, prediction) : categorical(b, target, prediction)
  }),
  // Keras has no class that looks at shapes: the name alone makes it do so.
  described: 'accuracy',
  direction: 'max',
})
