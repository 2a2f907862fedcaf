import {
  type Equation,
  type Interpreter,
  labelOf,
  type Program,
  type ScanAttributes,
  scanLength,
  sizeOf,
  type Timer,
} from '@fn/core'
import { binary } from './ops/binary.ts'
import { choose } from './ops/choose.ts'
import { contract } from './ops/contract.ts'
import { indexing } from './ops/indexing.ts'
import { move } from './ops/move.ts'
import { reduce } from './ops/reduce.ts'
import { source } from './ops/source.ts'
import { unary } from './ops/unary.ts'
import { window } from './ops/window.ts'
import { allocate, type Family, type Tensor } from './tensor.ts'

const control: Family<'control'> = {
  call: (inputs, { body }) => evaluate(body, inputs),
  scan(inputs, attrs, { outputs: types }) {
    const { body, carries: count, sequences: length, reverse } = attrs satisfies ScanAttributes
    let carries = inputs.slice(0, count)
    const sequences = inputs.slice(count, count + length)
    const others = inputs.slice(count + length)
    const stacks = types.slice(count).map(allocate)
    const steps = scanLength(inputs, attrs) as number
    for (let step = 0; step < steps; step++) {
      const at = reverse ? steps - 1 - step : step
      const made = evaluate(body, [
        ...carries,
        ...sequences.map((sequence) => element(sequence, at)),
        ...others,
      ])
      carries = made.slice(0, count)
      stacks.forEach((stack, which) => {
        const { data } = made[count + which]!
        stack.data.set(data, at * data.length)
      })
    }
    return [...carries, ...stacks]
  },
  stopGradient: ([x]) => [x!],
}

/** One element along the first axis. */
function element({ shape, dtype, data }: Tensor, at: number): Tensor {
  const size = sizeOf(shape.slice(1))
  return { shape: shape.slice(1), dtype, data: data.slice(at * size, (at + 1) * size) }
}

/** What every op means: read it as their definition. */
export const interpreter: Interpreter<Tensor> = {
  ...unary,
  ...binary,
  ...choose,
  ...reduce,
  ...contract,
  ...window,
  ...move,
  ...indexing,
  ...source,
  ...control,
}

/**
 * The outputs of a program of concrete shapes for these inputs.
 *
 * @param timer takes the time of each equation, if it is given
 */
export function evaluate(program: Program, inputs: readonly Tensor[], timer?: Timer): readonly Tensor[] {
  const values = new Map<number, Tensor>()
  program.inputs.forEach(({ id }, at) => {
    values.set(id, inputs[at]!)
  })
  const lastReader = lastReaders(program)
  program.equations.forEach((equation, at) => {
    const operands = equation.inputs.map(({ id }) => values.get(id)!)
    const results = timer
      ? timer.measure(labelOf(equation), () => run(equation, operands))
      : run(equation, operands)
    equation.outputs.forEach(({ id }, which) => {
      values.set(id, results[which]!)
    })
    for (const { id } of equation.inputs) if (lastReader.get(id) === at) values.delete(id)
  })
  return program.outputs.map(({ id }) => values.get(id)!)
}

function run(equation: Equation, inputs: readonly Tensor[]): readonly Tensor[] {
  // That attrs and op of one equation belong together is what the union of equations can not say here.
  const op = interpreter[equation.op] as (
    inputs: readonly Tensor[],
    attrs: Equation['attrs'],
    equation: Equation,
  ) => readonly Tensor[]
  return op(inputs, equation.attrs, equation)
}

/** The equation after which a value can be forgotten; none for the outputs. */
function lastReaders({ equations, outputs }: Program): ReadonlyMap<number, number> {
  const last = new Map<number, number>()
  equations.forEach(({ inputs }, at) => {
    for (const { id } of inputs) last.set(id, at)
  })
  for (const { id } of outputs) last.delete(id)
  return last
}
