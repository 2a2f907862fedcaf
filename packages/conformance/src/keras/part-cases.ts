import {
  type Backend,
  Builder,
  type Constraint,
  constraintOf,
  gradient,
  type HostArray,
  type Loss,
  losses,
  type Metric,
  metrics,
  type Program,
  type Regularizer,
  reduceLoss,
  regularizerOf,
  type Value,
} from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import type { Finding } from '../check.ts'
import { runOn } from '../run-on.ts'
import { KerasReport } from './keras-report.ts'
import { lossFrom, optimizerFrom } from './training-cases.ts'

/** A loss, a metric, an optimizer, a regularizer or a constraint by itself, and what real Keras says of it. */
export interface PartCase {
  readonly name: string
  readonly className: string
  /** Runs it on a backend. */
  run(backend: Backend, tolerance: number): Promise<Finding>
}

export const partCases = (): readonly PartCase[] => [
  ...listFixtures('losses').map(lossCase),
  ...listFixtures('metrics').map(metricCase),
  ...listFixtures('optimizers').map(optimizerCase),
  ...listFixtures('regularizers').filter(isSmooth).map(regularizerCase),
  ...listFixtures('constraints').map(constraintCase),
]

/** At 0 the slope of |x| is 0 here, as in Keras on TensorFlow; on JAX, which made the fixtures, it is 1. */
const isSmooth = (name: string): boolean => name !== 'l1-zeros'

/** −ln(1 − (1 − 1e-7)) is 16.118 in float64 and 15.942 in the float32 of Keras. */
const EXTREME = 2e-2

/** The loss of each sample, their mean or sum, and its slope in the predictions. */
function lossCase(name: string): PartCase {
  const fixture = loadFixture('losses', name)
  return {
    name: `loss ${name}`,
    className: fixture.class_name,
    async run(backend, tolerance) {
      const loss = lossFrom(fixture) as Loss
      const target = targetsFor(fixture.y_true, fixture.y_pred, loss.target === 'classes')
      const weights = fixture.sample_weight && rowWeights(fixture.sample_weight)
      const b = new Builder()
      const p = b.input(fixture.y_pred, 'p')
      const y = b.input(target, 'y')
      const w = weights ? b.input(weights, 'w') : undefined
      const each = loss.perSample(b, y, p)
      const reduced = reduceLoss(b, each, w, undefined, loss.reduction)
      const program = gradient(b.build({ each, loss: reduced }), 'loss', ['p'])
      const inputs = [fixture.y_pred, target, ...(weights ? [weights] : [])]
      const found = await outputsOn(backend, program, inputs)
      const report = new KerasReport(name.endsWith('-extreme') ? EXTREME : tolerance)
      report.array('each sample', fixture.perSample, found.each)
      report.array('value', scalar(fixture.value), found.loss)
      report.array('slope', fixture.gradient, found['d:p'])
      return report.finding
    },
  }
}

/** The result after every batch, its state carried from one to the next. */
function metricCase(name: string): PartCase {
  const { class_name, config, updates } = loadFixture('metrics', name)
  return {
    name: `metric ${name}`,
    className: class_name,
    async run(backend, tolerance) {
      const metric = metricFrom(class_name, config as MetricOptions)
      const report = new KerasReport(tolerance)
      let state = metric.state.map(() => 0)
      for (const [at, { y_true, y_pred, sample_weight, result }] of updates.entries()) {
        const target = targetsFor(y_true, y_pred, class_name.startsWith('Sparse'))
        const b = new Builder()
        const before = metric.state.map((key) => b.input({ shape: [], dtype: 'float32' }, key))
        const after = metric.update(b, before, {
          target: b.input(target, 'y'),
          prediction: b.input(y_pred, 'p'),
          ...(sample_weight === null ? {} : { weights: b.input(sample_weight, 'w') }),
        })
        const program = b.build(metric.state.map((key, which) => [key, after[which]!] as const))
        const found = await outputsOn(backend, program, [
          ...state.map(scalar),
          target,
          y_pred,
          ...(sample_weight === null ? [] : [sample_weight]),
        ])
        state = metric.state.map((key) => found[key]!.data[0]!)
        report.number(`after batch ${at + 1}`, result, metric.result(state))
      }
      return report.finding
    },
  }
}

/** Two variables, after each of five steps with given slopes. */
function optimizerCase(name: string): PartCase {
  const fixture = loadFixture('optimizers', name)
  return {
    name: `optimizer ${name}`,
    className: fixture.class_name,
    async run(backend, tolerance) {
      const optimizer = optimizerFrom(fixture)
      const report = new KerasReport(tolerance)
      const b = new Builder()
      const learningRate = b.input({ shape: [], dtype: 'float32' }, 'rate')
      const step = b.input({ shape: [], dtype: 'float32' }, 'step')
      const each = (label: string): readonly Value[] =>
        fixture.initial.map((array, at) => b.input(array, `${label}${at}`))
      const variables = each('v')
      const gradients = optimizer.clip(b, each('g'))
      const slots = optimizer.slots.map((slot) => each(`${slot}:`))
      const outputs: [string, Value][] = []
      variables.forEach((value, at) => {
        const { variable, slots: moved } = optimizer.update(b, {
          variable: optimizer.decay(b, value, learningRate),
          gradient: gradients[at]!,
          slots: Object.fromEntries(optimizer.slots.map((slot, which) => [slot, slots[which]![at]!])),
          learningRate,
          step,
        })
        outputs.push([`v${at}`, variable])
        for (const slot of optimizer.slots) outputs.push([`${slot}:${at}`, moved[slot]!])
      })
      const program = b.build(outputs)

      let state = Object.fromEntries(
        fixture.initial.flatMap((array, at) => [
          [`v${at}`, array as HostArray],
          ...optimizer.slots.map((slot) => [`${slot}:${at}`, zerosLike(array)] as const),
        ]),
      )
      for (const [count, given] of fixture.gradients.entries()) {
        state = await outputsOn(
          backend,
          program,
          program.inputs.map(({ name: input }) => {
            if (input === 'rate') return scalar(optimizer.learningRate)
            if (input === 'step') return scalar(count + 1)
            return state[input!] ?? given[Number(input!.slice(1))]!
          }),
        )
        fixture.after[count]!.forEach((expected, at) => {
          report.array(`variable ${at} after step ${count + 1}`, expected, state[`v${at}`])
        })
      }
      return report.finding
    },
  }
}

/** The penalty of weights, and its slope. */
function regularizerCase(name: string): PartCase {
  const { class_name, config, weights, value, gradient: slope } = loadFixture('regularizers', name)
  return {
    name: `regularizer ${name}`,
    className: class_name,
    async run(backend, tolerance) {
      const regularizer = regularizerOf({ class_name, config }) as Regularizer
      const b = new Builder()
      const loss = regularizer.penalty(b, b.input(weights, 'w'))
      const found = await outputsOn(backend, gradient(b.build({ loss }), 'loss', ['w']), [weights])
      const report = new KerasReport(tolerance)
      report.array('penalty', scalar(value), found.loss)
      report.array('slope', slope, found['d:w'])
      return report.finding
    },
  }
}

/** What becomes of weights. */
function constraintCase(name: string): PartCase {
  const { class_name, config, weights, output } = loadFixture('constraints', name)
  return {
    name: `constraint ${name}`,
    className: class_name,
    async run(backend, tolerance) {
      const constraint = constraintOf({ class_name, config }) as Constraint
      const b = new Builder()
      const program = b.build({ y: constraint.apply(b, b.input(weights, 'w')) })
      const { y } = await outputsOn(backend, program, [weights])
      const report = new KerasReport(tolerance)
      report.array('weights', output, y)
      return report.finding
    },
  }
}

async function outputsOn(
  backend: Backend,
  program: Program,
  inputs: readonly HostArray[],
): Promise<Record<string, HostArray>> {
  const arrays = await runOn(backend, program, inputs)
  return Object.fromEntries(program.outputNames.map((name, at) => [name, arrays[at]!]))
}

/** Targets as the training loop hands them on: of the shape of the predictions, or without the last axis. */
function targetsFor(target: HostArray, prediction: HostArray, areClasses: boolean): HostArray {
  return areClasses
    ? { shape: prediction.shape.slice(0, -1), dtype: 'int32', data: Int32Array.from(target.data) }
    : { shape: prediction.shape, dtype: 'float32', data: Float32Array.from(target.data) }
}

/** [n, 1] weights are [n] weights. */
const rowWeights = ({ shape, dtype, data }: HostArray): HostArray => ({
  shape: shape.at(-1) === 1 && shape.length > 1 ? shape.slice(0, -1) : shape,
  dtype,
  data,
})

interface MetricOptions {
  readonly threshold?: number
  readonly from_logits?: boolean
  readonly label_smoothing?: number
}

function metricFrom(className: string, { threshold, from_logits, label_smoothing }: MetricOptions): Metric {
  const name = className.charAt(0).toLowerCase() + className.slice(1)
  if (name in metrics)
    return (metrics[name as keyof typeof metrics] as (options: object) => Metric)({ threshold })
  const loss = (losses[name as keyof typeof losses] as typeof losses.categoricalCrossentropy)({
    fromLogits: from_logits,
    labelSmoothing: label_smoothing,
  })
  return metrics.mean(name, loss.perSample)
}

const scalar = (value: number): HostArray => ({ shape: [], dtype: 'float32', data: Float64Array.of(value) })

const zerosLike = ({ shape, data }: HostArray): HostArray => ({
  shape,
  dtype: 'float32',
  data: new Float64Array(data.length),
})
