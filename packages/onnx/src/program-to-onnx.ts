import {
  type Equation,
  FnError,
  type HostArray,
  type Interpreter,
  inline,
  type Program,
  simplify,
  verify,
} from '@fn/core'
import { Emission } from './emission.ts'
import { encode } from './encode.ts'
import { Graph } from './graph/graph.ts'
import { Known } from './operand/known.ts'
import { Computed, type Operand } from './operand/operand.ts'
import { binary } from './ops/binary.ts'
import { choose } from './ops/choose.ts'
import { contract } from './ops/contract.ts'
import { control, nativeComposites } from './ops/control.ts'
import { move } from './ops/move.ts'
import { reduce } from './ops/reduce.ts'
import { source } from './ops/source.ts'
import { unary } from './ops/unary.ts'
import { window } from './ops/window.ts'
import { defaultOpset, irVersionOf } from './opset.ts'

export interface OnnxOptions {
  /** The version of the ONNX operator set, 13 to 21; 17 if nothing is said. */
  readonly opset?: number
  /** The name of the graph. */
  readonly name?: string
  readonly producerVersion?: string
  /** What the file says of itself. */
  readonly docString?: string
  readonly metadata?: Readonly<Record<string, string>>
}

export interface ProgramToOnnxOptions extends OnnxOptions {
  /** Inputs of the program that stand in the file instead, by name. */
  readonly initializers?: Readonly<Record<string, HostArray>>
}

/** How every op is written. */
const emitters = (emission: Emission): Interpreter<Operand> => ({
  ...unary(emission),
  ...binary(emission),
  ...choose(emission),
  ...reduce(emission),
  ...contract(emission),
  ...window(emission),
  ...move(emission),
  ...source(emission),
  ...control(emission),
})

/**
 * A program as the bytes of an ONNX file.
 *
 * @throws FnError for an opset that can not be written, or something in the program that the opset has not
 * @example
 * const bytes = programToOnnx(b.build({ y: b.exp(x) }))
 */
export function programToOnnx(program: Program, options: ProgramToOnnxOptions = {}): Uint8Array {
  const { opset = defaultOpset, initializers = {}, name = 'program', ...file } = options
  const irVersion = irVersionOf(opset)
  const natives = nativeComposites(opset)
  const legal = verify(simplify(inline(program, (call) => !natives.has(call.name))))
  const unknown = Object.keys(initializers).find((key) => !legal.inputs.some((input) => input.name === key))
  if (unknown !== undefined) throw new FnError(`The program has no input "${unknown}" for an initializer.`)

  const graph = new Graph([...legal.inputs.map((input) => input.name!), ...legal.outputNames])
  const emission = new Emission(graph, opset, legal)
  const operands = new Map<number, Operand>()
  for (const input of legal.inputs) {
    const array = initializers[input.name!]
    operands.set(
      input.id,
      array === undefined
        ? new Computed(graph, input, graph.input(input, input.name!))
        : new Known(graph, array, input.name!),
    )
  }
  const table = emitters(emission)
  for (const equation of legal.equations) {
    const inputs = equation.inputs.map(({ id }) => operands.get(id)!)
    const outputs = graph.at(equation.path, () => emit(table, equation, inputs))
    equation.outputs.forEach(({ id }, at) => {
      operands.set(id, outputs[at]!)
    })
  }
  legal.outputs.forEach(({ id }, at) => {
    const output = legal.outputNames[at]!
    graph.output(operands.get(id)!.tensor, output)
  })
  return encode(graph, { ...file, opset, irVersion, name })
}

function emit(
  table: Interpreter<Operand>,
  equation: Equation,
  inputs: readonly Operand[],
): readonly Operand[] {
  // The entry and the equation are of one op, which the type of a union can not say.
  const write = table[equation.op] as (
    inputs: readonly Operand[],
    attrs: unknown,
    equation: Equation,
  ) => readonly Operand[]
  return write(inputs, equation.attrs, equation)
}
