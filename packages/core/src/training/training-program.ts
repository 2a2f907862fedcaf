import type { HostArray } from '../backend.ts'
import { ConfigError } from '../errors.ts'
import type { Model } from '../functional/model.ts'
import type { Variable } from '../functional/variable.ts'
import { Builder } from '../program/builder.ts'
import type { RandomAttributes } from '../program/ops/source.ts'
import type { Program, TensorType, Value } from '../program/types.ts'
import { simplify } from '../transforms/simplify.ts'
import type { OutputPlan } from './plan.ts'
import { inferenceProgram, trainStep } from './step.ts'
import type { Compiled } from './trainer.ts'

/** One step of training as a program of its own, for whoever runs it elsewhere. */
export interface TrainingProgram {
  /**
   * Its inputs are the state by name (weights by path, `optimizer/…`, `metric:…`), the inputs of the model by name, a
   * target `NAME/target` for each output, `learning_rate`, and what dropout draws as `random/0`, …; its outputs are
   * `loss`, the mean of the batch, and the next state as `NAME/next`.
   */
  readonly program: Program
  /** The state as it is now, by the names of the inputs. */
  readonly state: Readonly<Record<string, HostArray>>
  /** What has to be drawn for each `random/…`. */
  readonly draws: readonly RandomAttributes[]
}

/**
 * The step that `fit` runs with each batch: loss, slopes, the update of every weight, moving statistics and metrics.
 *
 * @param inputs the types of the inputs of the model; without them its own, with open sizes as symbols
 * @throws ConfigError for a model that is not compiled with a loss
 * @example
 * classifier.compile({ backend, optimizer: 'adam', loss: 'categoricalCrossentropy' })
 * const { program, state } = trainingProgram(classifier, [{ shape: [32, 784], dtype: 'float32' }])
 */
export function trainingProgram(model: Model, inputs?: readonly TensorType[]): TrainingProgram {
  const { compiled } = model
  if (compiled === undefined) {
    throw new ConfigError(
      `${model.label} must be compiled before its training is written: call compile({ backend, optimizer, loss }) first.`,
    )
  }
  const { plan, optimizerState } = compiled as Compiled
  const { program: inference } = inferenceProgram(model, inputs)
  const predictions = inference.outputs
  const step = trainStep(model, plan, optimizerState, {
    inputs: inference.inputs.slice(0, model.inputPorts.length),
    targets: plan.outputs.map((output, at) => targetType(output, predictions[at]!)),
    weights: plan.outputs.map(() => undefined),
  })

  const b = new Builder()
  const { program, reads, writes, draws } = step
  const names = new Map<Variable, string>()
  const given = program.inputs.map((input, at): Value => {
    const variable = reads[at]
    if (variable === undefined) return b.input(input, feedName(input.name!))
    names.set(variable, input.name!)
    // The loss of this batch alone.
    return plan.tracker.state.includes(variable) ? b.scalar(0) : b.input(input, input.name!)
  })
  const here = b.inline(program, given)
  const next = new Map(writes.map((variable, at) => [variable, here(program.outputs[at]!)]))
  const [total, count] = plan.tracker.state.map((variable) => next.get(variable)!)
  const kept = [...next].filter(([variable]) => !plan.tracker.state.includes(variable))
  const built = b.build([
    ['loss', b.div(total!, count!)],
    ...kept.map(([variable, value]) => [`${names.get(variable)}/next`, value] as const),
  ])
  const state = reads.filter((variable) => !plan.tracker.state.includes(variable))
  return {
    program: simplify(built),
    state: Object.fromEntries(state.map((variable) => [names.get(variable)!, variable.value])),
    draws,
  }
}

/** Class numbers where the loss takes them, else what the output gives. */
function targetType({ loss, metrics }: OutputPlan, prediction: TensorType): TensorType | undefined {
  if (loss === undefined && metrics.length === 0) return undefined
  return loss?.target === 'classes'
    ? { shape: prediction.shape.slice(0, -1), dtype: 'int32' }
    : { shape: prediction.shape, dtype: 'float32' }
}

/** Inputs are named as in the model, without the prefixes that keep them apart in a step. */
function feedName(name: string): string {
  if (name === 'learningRate') return 'learning_rate'
  if (name.startsWith('x:')) return name.slice(2)
  return name.startsWith('y:') ? `${name.slice(2)}/target` : name.replace(':', '/')
}
