import { alignWeights, type Loss } from '../losses/loss.ts'
import type { Builder } from '../program/builder.ts'
import type { Value } from '../program/types.ts'

/** What a metric sees of one batch. */
export interface MetricBatch {
  readonly target: Value
  readonly prediction: Value
  /** One weight a sample; absent where all count alike. */
  readonly weights?: Value | undefined
}

/** A figure that is gathered over batches, inside of the program. */
export interface Metric {
  /** Its name in the history. */
  readonly name: string
  /** The numbers that it keeps from batch to batch, starting at 0. */
  readonly state: readonly string[]
  /** The numbers after one more batch, each a scalar. */
  update(b: Builder, state: readonly Value[], batch: MetricBatch): readonly Value[]
  /** The figure. */
  result(state: readonly number[]): number
}

/** The mean over all samples of a figure that each sample has. */
export const meanMetric = (name: string, perSample: Loss['perSample']): Metric => ({
  name,
  state: ['total', 'count'],
  update(b, [total, count], { target, prediction, weights }) {
    const values = perSample(b, target, prediction)
    const all = values.shape.map((_, axis) => axis)
    if (weights === undefined)
      return [b.add(total!, b.reduceSum(values)), b.add(count!, b.count(values, all))]
    const weight = b.broadcast(alignWeights(b, weights, values), values.shape)
    return [b.add(total!, b.reduceSum(b.mul(values, weight))), b.add(count!, b.reduceSum(weight))]
  },
  result: ([total, count]) => (count === 0 ? 0 : total! / count!),
})
