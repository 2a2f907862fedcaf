import { ConfigError } from '../errors.ts'
import type { Weight } from '../functional/layer.ts'
import type { Model } from '../functional/model.ts'
import { Scope } from '../functional/scope.ts'
import { Variable } from '../functional/variable.ts'
import { zeros } from '../initializers/initializer.ts'
import { type Loss, reduceLoss } from '../losses/loss.ts'
import { expectPerSample, ofSameRank } from '../losses/same-rank.ts'
import { Builder } from '../program/builder.ts'
import type { RandomAttributes } from '../program/ops/source.ts'
import type { Program, TensorType, Value } from '../program/types.ts'
import { gradient } from '../transforms/gradient.ts'
import { hoistRandom } from '../transforms/hoist-random.ts'
import { simplify } from '../transforms/simplify.ts'
import type { Plan, TrackedMetric } from './plan.ts'

/** The types of one batch. */
export interface Signature {
  readonly inputs: readonly TensorType[]
  /** Absent for an output that has neither loss nor metrics. */
  readonly targets: readonly (TensorType | undefined)[]
  /** Absent for an output whose samples all count alike. */
  readonly weights: readonly (TensorType | undefined)[]
}

/**
 * A program that carries state: its inputs are what it reads, then the feeds, then the draws; its outputs are what it
 * writes, then the results.
 */
export interface StepProgram {
  readonly program: Program
  readonly reads: readonly Variable[]
  /** Each of them is also read. */
  readonly writes: readonly Variable[]
  readonly draws: readonly RandomAttributes[]
  /** In a step of training, how many of the writes, the first ones, the forward pass makes. */
  readonly ahead?: number
}

/** What an optimizer keeps: the number of steps so far, and its slots for each weight. */
export class OptimizerState {
  readonly iterations = new Variable('optimizer/iterations', [], false, zeros(), 'int32')
  readonly #slots = new Map<Variable, Readonly<Record<string, Variable>>>()

  /** The slots of a weight, by the names that the optimizer gives them. */
  slotsOf({ path, variable }: Weight, names: readonly string[]): Readonly<Record<string, Variable>> {
    const known = this.#slots.get(variable)
    if (known !== undefined) return known
    const made = Object.fromEntries(
      names.map((name) => [name, new Variable(`optimizer/${path}/${name}`, variable.shape, false, zeros())]),
    )
    this.#slots.set(variable, made)
    return made
  }
}

/** Declares inputs of a program for variables, and remembers which is which. */
class Reads {
  readonly variables: Variable[] = []
  readonly #values = new Map<Variable, Value>()

  declare(b: Builder, variable: Variable, name: string): Value {
    const value = b.input(variable, name)
    this.variables.push(variable)
    this.#values.set(variable, value)
    return value
  }

  read = (variable: Variable): Value => this.#values.get(variable)!
}

/** One forward pass with its losses and metrics. Outputs: the loss, then what has a new value. */
function forward(model: Model, plan: Plan, signature: Signature, training: boolean) {
  const { weights, frozen } = plan
  const reads = new Reads()
  const b = new Scope(training, reads.read, (layer) => !frozen.has(layer))
  for (const { variable, path } of [...weights, ...model.states]) reads.declare(b, variable, path)
  const metricStates = [...new Set(tracked(plan).flatMap(({ state }) => state))]
  for (const variable of metricStates) reads.declare(b, variable, variable.name)
  const named = (types: readonly (TensorType | undefined)[], prefix: string, names: readonly string[]) =>
    types.map((type, at) => (type === undefined ? undefined : b.input(type, `${prefix}:${names[at]}`)))
  const outputNames = plan.outputs.map(({ name }) => name)
  const inputs = named(
    signature.inputs,
    'x',
    model.inputPorts.map(({ name }) => name),
  ) as readonly Value[]
  const targets = named(signature.targets, 'y', outputNames)
  const sampleWeights = named(signature.weights, 'weight', outputNames)

  const { outputs: predictions, masks } = model.write(inputs, b)
  const rows = b.count(inputs[0]!, [0])
  /** The total grows by the mean of the batch times its rows, so that ragged batches weigh what they hold. */
  const trackLoss = ({ state }: TrackedMetric, loss: Value): void => {
    const [total, count] = state.map(b.read)
    b.assign(state[0]!, b.add(total!, b.mul(loss, rows)))
    b.assign(state[1]!, b.add(count!, rows))
  }
  const losses: Value[] = []
  b.at('loss', () => {
    plan.outputs.forEach(({ name, loss, lossWeight, tracker }, at) => {
      const target = targets[at]
      if (loss === undefined || target === undefined) return
      b.at(name, () => {
        const value = reduceLoss(
          b,
          perSampleLoss(b, loss, target, predictions[at]!),
          sampleWeights[at],
          masks[at],
          loss.reduction,
        )
        if (tracker !== undefined) trackLoss(tracker, value)
        losses.push(b.mul(value, lossWeight))
      })
    })
  })
  if (losses.length === 0) throw new ConfigError(`${model.label} has no loss: name one in compile({ loss }).`)
  const penalties = b.at('regularization', () =>
    weights.flatMap(({ variable, trainable, path }) => {
      const { regularizer } = variable
      return trainable && regularizer ? [b.at(path, () => regularizer.penalty(b, b.read(variable)))] : []
    }),
  )
  const loss = [...losses, ...penalties, ...b.losses].reduce((x, y) => b.add(x, y))
  trackLoss(plan.tracker, loss)
  b.at('metrics', () => {
    plan.outputs.forEach(({ metrics }, at) => {
      for (const { metric, state, weighted } of metrics) {
        const weights = weighted ? sampleWeights[at] : undefined
        const [target, prediction] = ofSameRank(b, targets[at]!, predictions[at]!)
        const batch = { target, prediction, weights, mask: masks[at] }
        const next = metric.update(b, state.map(b.read), batch)
        state.forEach((variable, index) => {
          b.assign(variable, next[index]!)
        })
      }
    })
  })

  const assigned = [...b.assigned]
  const program = b.build([
    ['loss', loss],
    ...assigned.map(([{ name }, value], at) => [`${at}:${name}`, value] as const),
  ])
  return { program, reads, assigned: assigned.map(([variable]) => variable) }
}

/** Class numbers have one axis less than predictions, whatever its size. */
function perSampleLoss(b: Scope, loss: Loss, target: Value, prediction: Value): Value {
  const [y, p] = loss.target === 'classes' ? [target, prediction] : ofSameRank(b, target, prediction)
  const name = `loss "${loss.className}"`
  return loss.target === 'any' ? expectPerSample(name, loss.perSample(b, y, p), p) : loss.perSample(b, y, p)
}

const tracked = ({ tracker, outputs }: Plan): readonly TrackedMetric[] => [
  tracker,
  ...outputs.flatMap((output) => [...(output.tracker ? [output.tracker] : []), ...output.metrics]),
]

/** Loss, gradients, the update of every trainable weight, moving statistics and metrics, in one program. */
export function trainStep(
  model: Model,
  plan: Plan,
  state: OptimizerState,
  signature: Signature,
): StepProgram {
  const { optimizer, weights } = plan
  const trainable = weights.filter((weight) => weight.trainable)
  if (trainable.length === 0)
    throw new ConfigError(`${model.label} has no trainable weights: there is nothing to fit.`)
  const { program, reads, assigned } = forward(model, plan, signature, true)
  const differentiated = gradient(
    program,
    'loss',
    trainable.map(({ path }) => path),
  )

  const b = new Builder()
  const variables = [...reads.variables]
  const given = variables.map((variable, at) => b.input(variable, differentiated.inputs[at]!.name!))
  const declare = (variable: Variable): Value => {
    variables.push(variable)
    return b.input(variable, variable.name)
  }
  const slots = trainable.map((weight) => {
    const own = Object.entries(state.slotsOf(weight, optimizer.slots))
    return own.map(([name, variable]) => ({ name, variable, value: declare(variable) }))
  })
  const iterations = declare(state.iterations)
  const feeds = differentiated.inputs.slice(given.length).map((input) => b.input(input, input.name!))
  const learningRate = b.input({ shape: [], dtype: 'float32' }, 'learningRate')

  const here = b.inline(differentiated, [...given, ...feeds])
  const outputs = differentiated.outputs.map(here)
  const next: [Variable, Value][] = assigned.map((variable, at) => [variable, outputs[1 + at]!])
  b.at('optimizer', () => {
    const following = b.add(iterations, 1)
    const step = b.cast(following, 'float32')
    next.push([state.iterations, following])
    const gradients = optimizer.clip(b, outputs.slice(1 + assigned.length))
    trainable.forEach(({ variable, path }, at) => {
      b.at(path, () => {
        const decayed = optimizer.decay(b, given[reads.variables.indexOf(variable)]!, learningRate)
        const own = Object.fromEntries(slots[at]!.map(({ name, value }) => [name, value]))
        const updated = optimizer.update(b, {
          variable: decayed,
          gradient: gradients[at]!,
          slots: own,
          learningRate,
          step,
        })
        next.push([variable, variable.constraint?.apply(b, updated.variable) ?? updated.variable])
        for (const slot of slots[at]!) next.push([slot.variable, updated.slots[slot.name]!])
      })
    })
  })
  return { ...finish(b, variables, next), ahead: assigned.length }
}

/** Loss and metrics of one batch, in inference. */
export function evaluateStep(model: Model, plan: Plan, signature: Signature): StepProgram {
  const { program, reads, assigned } = forward(model, plan, signature, false)
  const b = new Builder()
  const here = b.inline(
    program,
    program.inputs.map((input) => b.input(input, input.name!)),
  )
  return finish(
    b,
    reads.variables,
    assigned.map((variable, at) => [variable, here(program.outputs[1 + at]!)]),
  )
}

function finish(
  b: Builder,
  reads: readonly Variable[],
  next: readonly (readonly [Variable, Value])[],
): StepProgram {
  const built = b.build(next.map(([{ name }, value], at) => [`${at}:${name}`, value] as const))
  return { ...hoistRandom(simplify(built)), reads, writes: next.map(([variable]) => variable) }
}

/** The predictions for one batch. */
export function predictStep(model: Model, inputs: readonly TensorType[]): StepProgram {
  const { program, weights, states } = inferenceProgram(model, inputs)
  const reads = [...weights, ...states].map(({ variable }) => variable)
  const count = model.outputPorts.length
  // A step takes its state before the feeds, and gives it before the results.
  const swapped = <T>(list: readonly T[], at: number): T[] => [...list.slice(at), ...list.slice(0, at)]
  const reordered = {
    inputs: swapped(program.inputs, inputs.length),
    equations: program.equations,
    outputs: swapped(program.outputs, count),
    outputNames: swapped(program.outputNames, count),
  }
  return { ...hoistRandom(reordered), reads, writes: states.map(({ variable }) => variable) }
}

/** A model as a program for inference. */
export interface InferenceProgram {
  /**
   * Its inputs are those of the model by name, the weights by path, and the states by path; its outputs are those of
   * the model, and the next states as `<path>/next`.
   */
  readonly program: Program
  readonly weights: readonly Weight[]
  /** What stateful layers remember; mostly nothing. */
  readonly states: readonly Weight[]
}

/**
 * Traces a model for inference; with its own open sizes as symbols, or at the types that are given.
 *
 * @example
 * console.log(print(inferenceProgram(classifier).program))
 */
export function inferenceProgram(model: Model, inputs?: readonly TensorType[]): InferenceProgram {
  const reads = new Reads()
  const b = new Scope(false, reads.read)
  const given = model.inputPorts.map(({ name, tensor }, at) =>
    b.input(inputs?.[at] ?? { shape: tensor.dims, dtype: tensor.dtype }, name),
  )
  const { weights, states } = model
  for (const { variable, path } of [...weights, ...states]) reads.declare(b, variable, path)
  const { outputs } = model.write(given, b)
  const named = model.outputPorts.map(({ name }, at) => [name, outputs[at]!] as const)
  const next = states.map(({ path, variable }) => [`${path}/next`, b.read(variable)] as const)
  return { program: simplify(b.build([...named, ...next])), weights, states }
}
