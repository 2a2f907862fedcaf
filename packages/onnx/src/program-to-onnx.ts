import { FnError, type HostArray, inline, type Program, simplify, verify } from '@fn/core'
import { Emission } from './emission.ts'
import { encode } from './encode.ts'
import { fuse } from './fold/fuse.ts'
import { Graph } from './graph/graph.ts'
import { tidy } from './graph/tidy.ts'
import { Known } from './operand/known.ts'
import { Computed } from './operand/operand.ts'
import { isNative } from './ops/composites.ts'
import { defaultOpset, irVersionOf } from './opset.ts'
import { write } from './write.ts'

export interface OnnxOptions {
  /** The version of the ONNX operator set, 13 to 23; 17 if nothing is said. */
  readonly opset?: number
  /** The name of the graph. */
  readonly name?: string
  readonly producerVersion?: string
  /** What the file says of itself. */
  readonly docString?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** An execution provider of ONNX Runtime that needs a graph of its own, since it lacks something or does it wrong. */
export type OnnxTarget = 'webgpu'

export interface ProgramToOnnxOptions extends OnnxOptions {
  /** For whom the graph is written; for everybody, if left out. */
  readonly target?: OnnxTarget
  /** Inputs of the program that stand in the file instead, by name. */
  readonly initializers?: Readonly<Record<string, HostArray>>
}

/**
 * A program as the bytes of an ONNX file.
 *
 * @throws FnError for an opset that can not be written, or something in the program that the opset has not
 * @example
 * const bytes = programToOnnx(b.build({ y: b.exp(x) }))
 */
export function programToOnnx(program: Program, options: ProgramToOnnxOptions = {}): Uint8Array {
  const { opset = defaultOpset, target, initializers = {}, name = 'program', ...file } = options
  const irVersion = irVersionOf(opset)
  const legal = verify(simplify(inline(program, (call) => !isNative(call, opset, target))))
  const unknown = Object.keys(initializers).find((key) => !legal.inputs.some((input) => input.name === key))
  if (unknown !== undefined) throw new FnError(`The program has no input "${unknown}" for an initializer.`)

  const fast = verify(fuse(legal, new Set(Object.keys(initializers))))
  const graph = new Graph([...legal.inputs.map((input) => input.name!), ...legal.outputNames])
  const inputs = fast.inputs.map((input) => {
    const array = initializers[input.name!]
    return array === undefined
      ? new Computed(graph, input, graph.input(input, input.name!))
      : new Known(graph, array, input.name!)
  })
  write(new Emission(graph, opset, fast, target), inputs).forEach((operand, at) => {
    graph.output(operand.tensor, fast.outputNames[at]!)
  })
  tidy(graph)
  return encode(graph, { ...file, opset, irVersion, name })
}
