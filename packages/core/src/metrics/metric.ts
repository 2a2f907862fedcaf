import { alignWeights, type Loss } from '../losses/loss.ts'
import { expectPerSample } from '../losses/same-rank.ts'
import type { Builder } from '../program/builder.ts'
import type { Value } from '../program/types.ts'
import type { Described } from '../saving/described.ts'

/** What a metric sees of one batch. */
export interface MetricBatch {
  readonly target: Value
  readonly prediction: Value
  /** One weight a sample; absent where all count alike. */
  readonly weights?: Value | undefined
  /** Which steps count, as [batch, time] of bool; absent where all do. */
  readonly mask?: Value | undefined
}

/** A figure that is gathered over batches, inside of the program. */
export interface Metric {
  /** Its name in the history. */
  readonly name: string
  /** The numbers that it keeps from batch to batch, starting at 0. */
  readonly state: readonly string[]
  /** The numbers after one more batch, each a scalar. */
  update(b: Builder, state: readonly Value[], batch: MetricBatch): readonly Value[]
  /** What Keras calls it: a name, or a class with options. A function of somebody's own has its name alone. */
  readonly described?: string | Described
  /** Whether greater or smaller is better; callbacks that compare epochs ask. */
  readonly direction?: 'max' | 'min'
  /** The figure. */
  result(state: readonly number[]): number
}

/** The mean over all samples of a figure that each sample has; of steps and places it is their mean. */
export const meanMetric = (name: string, perSample: Loss['perSample']): Metric => ({
  name,
  state: ['total', 'count'],
  update(b, [total, count], { target, prediction, weights, mask }) {
    const values = expectPerSample(`metric "${name}"`, perSample(b, target, prediction), prediction)
    const inner = values.shape.map((_, axis) => axis).slice(1)
    const factors = [weights, mask && b.cast(mask, 'float32')]
      .filter((factor) => factor !== undefined)
      .map((factor) => alignWeights(b, factor, values))
    if (factors.length === 0) {
      const samples = b.mean(values, inner)
      return [b.add(total!, b.reduceSum(samples)), b.add(count!, b.count(samples, [0]))]
    }
    const weight = b.broadcast(
      factors.reduce((x, y) => b.mul(x, y)),
      values.shape,
    )
    return [
      b.add(total!, b.reduceSum(b.mean(b.mul(values, weight), inner))),
      b.add(count!, b.reduceSum(b.mean(weight, inner))),
    ]
  },
  result: ([total, count]) => (count === 0 ? 0 : total! / count!),
})
