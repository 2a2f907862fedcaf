import { compareArrays } from '@fn/cases'
import { Builder, gradient, type HostArray, losses } from '@fn/core'
import { type Config, listFixtures, loadFixture } from '@fn/golden'
import { describe, expect, it } from 'vitest'
import { type Loss, reduceLoss } from '../../src/losses/loss.ts'
import { camelCase } from '../../src/saving/naming.ts'
import { run, scalar } from '../support/run.ts'

function lossFrom(className: string, config: Config): Loss {
  const make = losses[camelCase(className) as keyof typeof losses] as (options: object) => Loss
  const { from_logits: fromLogits, label_smoothing: labelSmoothing, reduction } = config
  return make({ fromLogits, labelSmoothing, reduction: camelCase(reduction as string) })
}

/** Targets as the training loop hands them on: of the shape of the predictions, or without the last axis. */
function canonical(target: HostArray, prediction: HostArray, kind: Loss['target']): HostArray {
  const shape = kind === 'classes' ? prediction.shape.slice(0, -1) : prediction.shape
  return kind === 'classes'
    ? { shape, dtype: 'int32', data: Int32Array.from(target.data) }
    : { shape, dtype: 'float32', data: Float64Array.from(target.data) }
}

describe.each(listFixtures('losses'))('the loss %s', (name) => {
  const {
    class_name,
    config,
    y_true,
    y_pred,
    sample_weight,
    value,
    perSample,
    gradient: slope,
  } = loadFixture('losses', name)

  it('is that of real Keras, each sample, the mean and the slope', async () => {
    const loss = lossFrom(class_name, config)
    const target = canonical(y_true, y_pred, loss.target)
    const b = new Builder()
    const p = b.input(y_pred, 'p')
    const y = b.input(target, 'y')
    const w = sample_weight === null ? undefined : b.input(weightsOf(sample_weight), 'w')
    const each = loss.perSample(b, y, p)
    const program = gradient(
      b.build({ each, loss: reduceLoss(b, each, w, undefined, loss.reduction) }),
      'loss',
      ['p'],
    )
    const inputs = [y_pred, target, ...(sample_weight === null ? [] : [weightsOf(sample_weight)])]
    const outputs = await run(program, inputs)
    // −ln(1 − (1 − 1e-7)) is 16.118 in float64 and 15.942 in the float32 of Keras.
    const tolerance = name.endsWith('-extreme') ? 2e-2 : 1e-5
    expect(compareArrays(perSample, outputs.each!, tolerance).mismatch).toBeUndefined()
    expect(compareArrays(scalar(value), outputs.loss!, tolerance).mismatch).toBeUndefined()
    expect(compareArrays(slope, outputs['d:p']!, tolerance).mismatch).toBeUndefined()
  })
})

/** [n, 1] weights are [n] weights. */
function weightsOf({ shape, dtype, data }: HostArray): HostArray {
  return { shape: shape.at(-1) === 1 && shape.length > 1 ? shape.slice(0, -1) : shape, dtype, data }
}
