import { Builder, type HostArray, type Metric, metrics } from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { describe, expect, it } from 'vitest'
import { losses } from '../../src/losses/index.ts'
import { camelCase } from '../../src/saving/naming.ts'
import { run, scalar } from '../support/run.ts'

interface Options {
  readonly threshold?: number
  readonly from_logits?: boolean
  readonly label_smoothing?: number
}

function metricFrom(className: string, { threshold, from_logits, label_smoothing }: Options): Metric {
  const name = camelCase(className)
  if (name in metrics)
    return (metrics[name as keyof typeof metrics] as (options: object) => Metric)({ threshold })
  const loss = (losses[name as keyof typeof losses] as typeof losses.categoricalCrossentropy)({
    fromLogits: from_logits,
    labelSmoothing: label_smoothing,
  })
  return metrics.mean(name, loss.perSample)
}

/** Targets as the training loop hands them on. */
function canonical(target: HostArray, prediction: HostArray, sparse: boolean): HostArray {
  return sparse
    ? { shape: prediction.shape.slice(0, -1), dtype: 'int32', data: Int32Array.from(target.data) }
    : { shape: prediction.shape, dtype: 'float32', data: Float64Array.from(target.data) }
}

describe.each(listFixtures('metrics'))('the metric %s', (name) => {
  const { class_name, config, updates } = loadFixture('metrics', name)

  it('is that of real Keras after every batch', async () => {
    const metric = metricFrom(class_name, config as Options)
    let state = metric.state.map(() => 0)
    for (const { y_true, y_pred, sample_weight, result } of updates) {
      const target = canonical(y_true, y_pred, class_name.startsWith('Sparse'))
      const b = new Builder()
      const before = metric.state.map((key) => b.input({ shape: [], dtype: 'float32' }, key))
      const batch = {
        target: b.input(target, 'y'),
        prediction: b.input(y_pred, 'p'),
        ...(sample_weight === null ? {} : { weights: b.input(sample_weight, 'w') }),
      }
      const after = metric.update(b, before, batch)
      const program = b.build(metric.state.map((key, at) => [key, after[at]!] as const))
      const outputs = await run(program, [
        ...state.map(scalar),
        target,
        y_pred,
        ...(sample_weight === null ? [] : [sample_weight]),
      ])
      state = metric.state.map((key) => outputs[key]!.data[0]!)
      expect(metric.result(state)).toBeCloseTo(result, 5)
    }
  })
})
