import { type ActivationName, activations, type Builder, type CallAttributes, type Value } from '@fn/core'
import { bool, type CaseInput, type Draft, draft, float } from '../op-case.ts'

interface Options {
  readonly reverse: boolean
  readonly useBias: boolean
  readonly masked: boolean
  readonly activation: ActivationName
  readonly recurrentActivation?: ActivationName
  /** Of a GRU. */
  readonly resetAfter?: boolean
}

/** What a step reads of the weights, which stand outside of the loop. */
interface Weights {
  readonly kernel: Value
  readonly recurrent: Value
  readonly bias: Value | undefined
}

type Step = (
  b: Builder,
  x: Value,
  states: readonly Value[],
  weights: Weights,
  options: Options,
) => readonly Value[]

interface Cell {
  readonly gates: number
  readonly states: number
  readonly defaults: Options
  readonly step: Step
}

const UNITS = 3

/** Columns of gates, [from, to). */
const gates = (b: Builder, z: Value, from: number, to = from + 1): Value =>
  b.sliceAxis(z, -1, from * UNITS, to * UNITS)

/** Row `at` of the two biases of a GRU. */
const row = (b: Builder, bias: Value | undefined, at: number): Value | undefined =>
  bias && b.reshape(b.sliceAxis(bias, 0, at, at + 1), bias.shape.slice(1))

const affine = (b: Builder, x: Value, kernel: Value, bias: Value | undefined): Value => {
  const product = b.matmul(x, kernel)
  return bias === undefined ? product : b.add(product, bias)
}

const plain: Options = { reverse: false, useBias: true, masked: false, activation: 'tanh' }
const gated: Options = { ...plain, recurrentActivation: 'sigmoid' }

const cells = {
  // i, f, g, o = x·W + h·U + b;  c′ = σ(f)c + σ(i)φ(g);  h′ = σ(o)φ(c′)
  lstm: {
    gates: 4,
    states: 2,
    defaults: gated,
    step(b, x, [h, c], { kernel, recurrent, bias }, options) {
      const [f, s] = [activations[options.activation], activations[options.recurrentActivation!]]
      const z = b.add(affine(b, x, kernel, bias), b.matmul(h!, recurrent))
      const kept = b.mul(s(b, gates(b, z, 1)), c!)
      const next = b.add(kept, b.mul(s(b, gates(b, z, 0)), f(b, gates(b, z, 2))))
      return [b.mul(s(b, gates(b, z, 3)), f(b, next)), next]
    },
  },
  // z, r = σ(x·W + h·U);  n = φ(x·Wn + r(h·Un)) or φ(x·Wn + (rh)·Un);  h′ = zh + (1 − z)n
  gru: {
    gates: 3,
    states: 1,
    defaults: { ...gated, resetAfter: true },
    step(b, x, [h], { kernel, recurrent, bias }, { activation, recurrentActivation, resetAfter }) {
      const [f, s] = [activations[activation], activations[recurrentActivation!]]
      const [ofInput, ofState] = resetAfter ? [row(b, bias, 0), row(b, bias, 1)] : [bias, undefined]
      const fromInput = affine(b, x, kernel, ofInput)
      const fromState = affine(b, h!, recurrent, ofState)
      const [z, r] = [0, 1].map((gate) => s(b, b.add(gates(b, fromInput, gate), gates(b, fromState, gate))))
      const reset = resetAfter
        ? b.mul(r!, gates(b, fromState, 2))
        : b.matmul(b.mul(r!, h!), gates(b, recurrent, 2))
      const candidate = f(b, b.add(gates(b, fromInput, 2), reset))
      return [b.add(b.mul(z!, h!), b.mul(b.sub(1, z!), candidate))]
    },
  },
  // h′ = φ(x·W + b + h·U)
  simpleRnn: {
    gates: 1,
    states: 1,
    defaults: plain,
    step: (b, x, [h], { kernel, recurrent, bias }, { activation }) => [
      activations[activation](b, b.add(affine(b, x, kernel, bias), b.matmul(h!, recurrent))),
    ],
  },
} satisfies Record<string, Cell>

type Name = keyof typeof cells

/** The composite: (x [time, batch, features], states…, weights…, mask?) → (sequence, last states…). */
function recurrent(b: Builder, name: Name, inputs: readonly Value[], options: Options): readonly Value[] {
  const cell: Cell = cells[name]
  return b.composite(name, inputs, options as unknown as CallAttributes['options'], (body) => {
    const [x, ...rest] = inputs.map((input) => body.outside(input))
    const states = rest.slice(0, cell.states)
    const [kernel, weights] = rest.slice(cell.states) as [Value, Value]
    const bias = options.useBias ? rest[cell.states + 2] : undefined
    const { carries, outputs } = body.scan(
      states,
      options.masked ? [x!, rest.at(-1)!] : [x!],
      (step, before, [element, keep]) => {
        const shared: Weights = {
          kernel: step.outside(kernel),
          recurrent: step.outside(weights),
          bias: bias && step.outside(bias),
        }
        const after = cell.step(step, element!, before, shared, options)
        const next =
          keep === undefined
            ? after
            : after.map((state, at) =>
                step.select(step.reshape(keep, [...keep.shape, 1]), state, before[at]!),
              )
        return { carries: next, outputs: [next[0]!] }
      },
      { reverse: options.reverse },
    )
    return [outputs[0]!, ...carries]
  })
}

const [TIME, BATCH, FEATURES] = [4, 2, 5]

interface Sizes {
  readonly time: number
  readonly batch: number
  readonly features: number
}

const usual: Sizes = { time: TIME, batch: BATCH, features: FEATURES }

/** The inputs of the composite. */
function inputsOf(
  name: Name,
  { useBias, resetAfter, masked }: Options,
  { time, batch, features }: Sizes = usual,
): readonly CaseInput[] {
  const cell: Cell = cells[name]
  const width = cell.gates * UNITS
  return [
    float([time, batch, features]),
    ...new Array<CaseInput>(cell.states).fill(float([batch, UNITS])),
    float([features, width]),
    float([UNITS, width]),
    ...(useBias ? [float(resetAfter ? [2, width] : [width])] : []),
    ...(masked ? [bool([time, batch])] : []),
  ]
}

const one = (
  name: Name,
  what: string,
  changed: Partial<Options> = {},
  pick = (outputs: readonly Value[]): readonly Value[] => outputs,
): Draft => {
  const options: Options = { ...cells[name].defaults, ...changed }
  return draft(what, inputsOf(name, options), (b, inputs) => pick(recurrent(b, name, inputs, options)))
}

/** Of other sizes. */
const sized = (name: Name, what: string, sizes: Partial<Sizes>, changed: Partial<Options> = {}): Draft => {
  const options: Options = { ...cells[name].defaults, ...changed }
  const inputs = inputsOf(name, options, { ...usual, ...sizes })
  return draft(what, inputs, (b, given) => recurrent(b, name, given, options), { gradient: 'by rule' })
}

/** With a mask that says the same of every step. */
const masked = (name: Name, what: string, keep: 0 | 1): Draft => {
  const options: Options = { ...cells[name].defaults, masked: true }
  const inputs = inputsOf(name, options)
  const mask = bool([TIME, BATCH], new Array<number>(TIME * BATCH).fill(keep))
  return draft(what, [...inputs.slice(0, -1), mask], (b, given) => recurrent(b, name, given, options), {
    gradient: 'by rule',
  })
}

/** Both directions over one sequence, each with its own weights. */
const both = (name: Name, what: string, pick: (outputs: readonly Value[]) => readonly Value[]): Draft => {
  const options = cells[name].defaults
  const [x, ...others] = inputsOf(name, options)
  return draft(
    what,
    [x!, ...others, ...others],
    (b, [sequence, ...rest]) => {
      const [own, theirs] = [rest.slice(0, others.length), rest.slice(others.length)]
      return pick([
        ...recurrent(b, name, [sequence!, ...own], options),
        ...recurrent(b, name, [sequence!, ...theirs], { ...options, reverse: true }),
      ])
    },
    { gradient: 'by rule' },
  )
}

/**
 * What every recurrent composite has to do. The names of cases are the seeds of their inputs: with these, no sum comes so
 * close to a kink of its activation that finite differences would step over it.
 */
const shared = (name: Name): Draft[] => {
  const { states }: Cell = cells[name]
  return [
    one(name, 'all steps and the last states'),
    one(name, 'backwards', { reverse: true }),
    one(name, 'without a bias', { useBias: false }),
    one(name, 'the last output alone', {}, (outputs) => [outputs[1]!]),
    one(name, 'backwards, all steps alone', { reverse: true }, (outputs) => [outputs[0]!]),
    one(name, 'a mask', { masked: true }),
    one(name, 'a mask, backwards, without a bias', { masked: true, reverse: true, useBias: false }),
    ...(['softsign', 'softplus', 'linear', 'hardSigmoid', 'leakyRelu', 'elu', 'silu'] as const).map(
      (activation) => one(name, `activation ${activation}`, { activation }),
    ),
    masked(name, 'a mask of all steps, which leaves the states', 0),
    masked(name, 'a mask of none', 1),
    sized(name, 'one step of one example', { time: 1, batch: 1 }),
    sized(name, 'one feature', { features: 1 }),
    sized(name, 'one step, backwards', { time: 1 }, { reverse: true }),
    sized(name, 'no steps, which leave the states', { time: 0 }),
    sized(name, 'no examples', { batch: 0 }),
    sized(name, 'no features', { features: 0 }, { masked: true }),
    both(name, 'both directions', (outputs) => outputs),
    both(name, 'both directions, the last outputs alone', (outputs) => [outputs[1]!, outputs[2 + states]!]),
    draft('in each step of a loop', inputsOf(name, cells[name].defaults), (b, [x, ...rest]) => {
      const options = cells[name].defaults
      const { outputs } = b.scan(
        [],
        [b.reshape(x!, [2, TIME / 2, BATCH, FEATURES])],
        (step, _none, [part]) => {
          const own = [part!, ...rest.map((input) => step.outside(input))]
          return { carries: [], outputs: recurrent(step, name, own, options) }
        },
      )
      return outputs
    }),
    draft('zeros to start from, in both directions', inputsOf(name, cells[name].defaults), (b, inputs) => {
      const options = cells[name].defaults
      const zeros = b.zerosLike(inputs[1]!)
      const from = [inputs[0]!, ...new Array<Value>(states).fill(zeros), ...inputs.slice(1 + states)]
      return [false, true].flatMap((reverse) => recurrent(b, name, from, { ...options, reverse }))
    }),
  ]
}

/** Of the composites that layers write themselves, with bodies of their own. */
export const recurrentCases: Readonly<Record<Name, readonly Draft[]>> = {
  lstm: [
    ...shared('lstm'),
    one('lstm', 'hardSigmoid gates', { recurrentActivation: 'hardSigmoid', activation: 'elu' }),
    one('lstm', 'hardSigmoid gates and leakyRelu, backwards', {
      recurrentActivation: 'hardSigmoid',
      activation: 'leakyRelu',
      reverse: true,
    }),
  ],
  gru: [
    ...shared('gru'),
    one('gru', 'reset before the product', { resetAfter: false }),
    one('gru', 'reset before the product, backwards, without a bias', {
      resetAfter: false,
      reverse: true,
      useBias: false,
    }),
    one('gru', 'reset before the product, masked', { resetAfter: false, masked: true }),
    one('gru', 'hardSigmoid gates', { recurrentActivation: 'hardSigmoid', activation: 'softsign' }),
  ],
  simpleRnn: shared('simpleRnn'),
}
