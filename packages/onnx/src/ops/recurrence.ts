import { type CallAttributes, type EquationOf, sameShape } from '@fn/core'
import type { Emission } from '../emission.ts'
import { reshape } from '../graph/shapes.ts'
import { type Attribute, absent, type GraphType, type Tensor } from '../graph/types.ts'
import { Splat } from '../operand/known.ts'
import { Computed, type Operand } from '../operand/operand.ts'
import { PartOperand } from '../operand/part.ts'
import { type Rows, stack } from '../operand/stack.ts'
import { reshaped } from '../operand/views.ts'
import { inOrder, type Permutation } from '../permutation.ts'

type Options = CallAttributes['options']
type Call = EquationOf<'call'>

/** How the operator of a composite differs from those of the others. */
interface Kind {
  readonly op: 'LSTM' | 'GRU' | 'RNN'
  /** How many states a step hands to the next. */
  readonly states: number
  /** Where each gate of the operator stands among those of the composite. */
  readonly gates: readonly number[]
  /** The options that name its activations, in its order. */
  readonly activations: readonly ('recurrentActivation' | 'activation')[]
}

const kinds: Readonly<Record<string, Kind>> = {
  // i, f, c, o → i, o, f, c
  lstm: {
    op: 'LSTM',
    states: 2,
    gates: [0, 3, 1, 2],
    activations: ['recurrentActivation', 'activation', 'activation'],
  },
  // z, r, h
  gru: { op: 'GRU', states: 1, gates: [0, 1, 2], activations: ['recurrentActivation', 'activation'] },
  simpleRnn: { op: 'RNN', states: 1, gates: [0], activations: ['activation'] },
}

interface Activation {
  readonly name: string
  readonly alpha?: number
  readonly beta?: number
}

/** What the operators call the activations that they have. */
const activations: Readonly<Record<string, Activation>> = {
  tanh: { name: 'Tanh' },
  sigmoid: { name: 'Sigmoid' },
  relu: { name: 'Relu' },
  linear: { name: 'Affine', alpha: 1, beta: 0 },
  // min(max(x + 3, 0), 6) / 6 = min(max(αx + β, 0), 1)
  hardSigmoid: { name: 'HardSigmoid', alpha: 1 / 6, beta: 0.5 },
  legacyHardSigmoid: { name: 'HardSigmoid', alpha: 0.2, beta: 0.5 },
  elu: { name: 'Elu', alpha: 1 },
  leakyRelu: { name: 'LeakyRelu', alpha: 0.2 },
  softsign: { name: 'Softsign' },
  softplus: { name: 'Softplus' },
}

/**
 * Whether the operators do what a recurrent composite does with these options. Of masks they know the lengths of
 * sequences alone, and a mask need not be one of them.
 */
export const isRecurrence = ({ masked, activation, recurrentActivation }: Options): boolean =>
  !masked &&
  [activation, recurrentActivation].every(
    (name) => name === undefined || Object.hasOwn(activations, `${name}`),
  )

/** Whether the activations are those that these operators have in the WebGPU provider of ONNX Runtime. */
export const isPlainRecurrence = ({ activation, recurrentActivation }: Options): boolean =>
  [activation, recurrentActivation].every((name) => ['tanh', 'sigmoid', 'relu'].includes(`${name}`))

/** One direction of an operator: what it takes, and the equation that asks for it. */
interface Direction {
  readonly equation: Call
  readonly states: readonly Operand[]
  readonly kernel: Operand
  readonly recurrentKernel: Operand
  readonly bias: Operand | undefined
}

/**
 * lstm, gru and simpleRnn as the operators LSTM, GRU and RNN. A call that goes over the same sequence in the other
 * direction, and of which everything is there, becomes one operator with this one.
 */
export function recurrence(
  emission: Emission,
  inputs: readonly Operand[],
  options: Options,
  equation: Call,
): readonly Operand[] {
  const kind = kinds[equation.attrs.name]!
  const own = direction(kind, inputs, equation)
  const other = otherDirection(emission, equation)
  if (other === undefined) return operator(emission, inputs[0]!, kind, [own], options)[0]!
  const partner = direction(
    kind,
    other.inputs.map(({ id }) => emission.operands.get(id)!),
    other,
  )
  const isForward = options.reverse !== true
  const both = isForward ? [own, partner] : [partner, own]
  const made = operator(emission, inputs[0]!, kind, both, options)
  const [mine, others] = isForward ? made : made.toReversed()
  other.outputs.forEach(({ id }, at) => {
    emission.operands.set(id, others![at]!)
  })
  return mine!
}

function direction({ states }: Kind, inputs: readonly Operand[], equation: Call): Direction {
  const [kernel, recurrentKernel, bias] = inputs.slice(1 + states)
  return {
    equation,
    states: inputs.slice(1, 1 + states),
    kernel: kernel!,
    recurrentKernel: recurrentKernel!,
    bias,
  }
}

/** A call that is still to come, and differs from this one in its direction and in what its inputs hold alone. */
function otherDirection({ program, operands }: Emission, { inputs, outputs, attrs }: Call): Call | undefined {
  const alike = ({ reverse: _, ...rest }: Options): string => JSON.stringify(rest)
  return program.equations.find(
    (other): other is Call =>
      other.op === 'call' &&
      other.outputs[0]!.id !== outputs[0]!.id &&
      other.attrs.name === attrs.name &&
      other.inputs[0]!.id === inputs[0]!.id &&
      other.attrs.options.reverse !== attrs.options.reverse &&
      alike(other.attrs.options) === alike(attrs.options) &&
      other.inputs.every(({ id, shape }, at) => operands.has(id) && sameShape(shape, inputs[at]!.shape)) &&
      !operands.has(other.outputs[0]!.id),
  )
}

/** The operator for one direction, or for forward and reverse; answers the outputs of each. */
function operator(
  emission: Emission,
  x: Operand,
  kind: Kind,
  directions: readonly Direction[],
  options: Options,
): readonly (readonly Operand[])[] {
  const { graph } = emission
  const [time, batch] = x.shape
  const units = directions[0]!.recurrentKernel.shape[0] as number
  const count = directions.length
  const isRead = (output: number): boolean =>
    directions.some(({ equation }) => emission.isRead(equation.outputs[output]!))
  const types: readonly GraphType[] = directions[0]!.equation.outputs.map((_, at) => ({
    shape: at === 0 ? [time!, count, batch!, units] : [count, batch!, units],
    dtype: 'float32',
  }))
  const node = graph.at(commonPath(directions.map(({ equation }) => equation.path)), () =>
    graph.node(
      kind.op,
      [
        x.tensor,
        ...weights(kind, directions, units, options),
        // The lengths of the sequences: all are whole.
        absent,
        ...directions[0]!.states.map((_, at) =>
          initial(
            emission,
            directions.map(({ states }) => states[at]!),
          ),
        ),
      ],
      types.map((type, at) => (isRead(at) ? type : undefined)),
      {
        hidden_size: units,
        direction: count === 2 ? 'bidirectional' : options.reverse ? 'reverse' : 'forward',
        ...activationAttributes(kind, options, count),
        ...(kind.op === 'GRU' && { linear_before_reset: Number(options.resetAfter) }),
      },
    ),
  )
  return directions.map(({ equation }, which) =>
    equation.outputs.map((output, at) => {
      const tensor = node.outputs[at]!
      const { shape, dtype } = output
      if (count === 1)
        return reshaped(new Computed(graph, { ...types[at]!, dtype }, tensor), shape, equation.path)
      if (!emission.isRead(output)) return new Computed(graph, output, absent)
      const axis = types[at]!.shape.length - 3
      return new PartOperand(graph, output, tensor, axis, which, equation.path)
    }),
  )
}

/**
 * W [directions, gates · units, features], R [directions, gates · units, units], and B [directions, 2 · gates · units],
 * whose second half is added to what comes from the state before.
 */
function weights(
  { gates }: Kind,
  directions: readonly Direction[],
  units: number,
  { resetAfter }: Options,
): readonly Tensor[] {
  const rows = gates.length * units
  const gatesOf = (operand: Operand, layout: Permutation, first = 0): readonly Rows[] =>
    gates.map((gate) => ({ operand, layout, from: (first + gate) * units, to: (first + gate + 1) * units }))
  const kernels = (operands: readonly Operand[]): Tensor => {
    const width = operands[0]!.shape[0] as number
    return stack(
      operands.flatMap((operand) => gatesOf(operand, [1, 0])),
      width,
      [directions.length, rows, width],
    )
  }
  const biasRows = (bias: Operand): readonly Rows[] => {
    const own = gatesOf(bias, inOrder(bias.rank))
    if (resetAfter) return [...own, ...gatesOf(bias, inOrder(bias.rank), gates.length)]
    const none = new Splat(bias.graph, 0, [rows], 'float32')
    return [...own, { operand: none, layout: [0], from: 0, to: rows }]
  }
  const biases = directions.flatMap(({ bias }) => (bias === undefined ? [] : biasRows(bias)))
  return [
    kernels(directions.map(({ kernel }) => kernel)),
    kernels(directions.map(({ recurrentKernel }) => recurrentKernel)),
    biases.length === 0 ? absent : stack(biases, 1, [directions.length, 2 * rows]),
  ]
}

/** First states, [batch, units] for each direction, as one tensor; left out where they are 0. */
function initial({ graph }: Emission, states: readonly Operand[]): Tensor {
  if (states.every((state) => state instanceof Splat && state.value === 0)) return absent
  const [first, ...others] = states.map((state) => reshape(state.graph, state.tensor, [1, ...state.shape]))
  if (others.length === 0) return first!
  const shape = [states.length, ...states[0]!.shape]
  return graph.one('Concat', [first!, ...others], { shape, dtype: 'float32' }, { axis: 0 })
}

/** The activations of all directions, with the numbers of those that take some. */
function activationAttributes(
  kind: Kind,
  options: Options,
  count: number,
): Readonly<Record<string, Attribute>> {
  const one = kind.activations.map((option) => activations[`${options[option]}`]!)
  const all = Array.from({ length: count }, () => one).flat()
  const alphas = all.flatMap(({ alpha }) => alpha ?? [])
  const betas = all.flatMap(({ beta }) => beta ?? [])
  return {
    activations: { texts: all.map(({ name }) => name) },
    ...(alphas.length > 0 && { activation_alpha: { floats: alphas } }),
    ...(betas.length > 0 && { activation_beta: { floats: betas } }),
  }
}

/** What paths begin with alike; the first of them where that is nothing. */
function commonPath(paths: readonly string[]): string {
  const parts = paths.map((path) => path.split('/'))
  const end = parts[0]!.findIndex((part, at) => parts.some((other) => other[at] !== part))
  return (end < 0 ? '' : parts[0]!.slice(0, end).join('/')) || paths[0]!
}
