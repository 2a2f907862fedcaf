import {
  FnError,
  type HostArray,
  type InputDType,
  inline,
  type Program,
  simplify,
  type Value,
  verify,
} from '@fn/core'
import { Emission } from './emission.ts'
import { encode } from './encode.ts'
import { fuse } from './fold/fuse.ts'
import { Graph } from './graph/graph.ts'
import { tidy } from './graph/tidy.ts'
import type { Tensor } from './graph/types.ts'
import { Known } from './operand/known.ts'
import { Computed } from './operand/operand.ts'
import { isNative } from './ops/composites.ts'
import { defaultOpset, irVersionOf } from './opset.ts'
import { toFloat16 } from './precision/float16.ts'
import { toInt8 } from './precision/int8.ts'
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
  /**
   * Whether weights, and arithmetic that can bear it, are float16. Inputs and outputs stay float32; so do sums, quotients
   * and powers.
   */
  readonly float16?: boolean
  /**
   * 'int8': weights become 8-bit integers with a scale for each channel, and products with them are computed in
   * integers. `accuracyLoss` measures what that costs.
   */
  readonly quantize?: 'int8'
}

export interface OnnxFilesOptions {
  /** Whether large weights go into a file of their own; where nothing is said, if the model would exceed 2 GB. */
  readonly externalData?: boolean
  /** The path of that file next to the model: `NAME.onnx.data` if nothing is said. */
  readonly dataPath?: string
}

/** An ONNX model, and the file with its weights if they stand outside of it. */
export interface OnnxFiles {
  readonly model: Uint8Array
  /** The bytes of the file at `dataPath`. */
  readonly data: Uint8Array | undefined
  /** Where the model looks for the data, next to itself. */
  readonly dataPath: string
}

/** An execution provider of ONNX Runtime that needs a graph of its own, since it lacks something or does it wrong. */
export type OnnxTarget = 'webgpu'

/** For what a graph is written; for every machine, if nothing is said. */
export interface Machine {
  readonly target?: OnnxTarget | undefined
  /** How many channels the convolution that ONNX Runtime keeps to itself takes at once there, if it has one. */
  readonly channelBlock?: number | undefined
}

export interface ProgramToOnnxOptions extends OnnxOptions, Machine {
  /** Inputs of the program that stand in the file instead, by name. */
  readonly initializers?: Readonly<Record<string, HostArray>>
  /** The types of inputs that differ from those of the program, by name: they are cast first. */
  readonly inputTypes?: Readonly<Record<string, InputDType>>
}

/** What Protocol Buffers take at most, less some room for the graph. */
const LARGEST_FILE = 2 ** 31 - 2 ** 26

/**
 * A program as the bytes of an ONNX file.
 *
 * @throws FnError for an opset that can not be written, something in the program that the opset has not, or weights of
 * more than 2 GB
 * @example
 * const bytes = programToOnnx(b.build({ y: b.exp(x) }))
 */
export function programToOnnx(program: Program, options: ProgramToOnnxOptions = {}): Uint8Array {
  return programToOnnxFiles(program, { ...options, externalData: false }).model
}

/** An input of its own type, as the type with which the program computes. */
function cast(graph: Graph, input: Value, type: InputDType = input.dtype): Tensor {
  const tensor = graph.input({ shape: input.shape, dtype: type }, input.name!)
  return type === input.dtype ? tensor : graph.cast(tensor, input.dtype)
}

/**
 * The same, with the weights in a file of their own where that is asked for or needed.
 *
 * @throws FnError as `programToOnnx`
 * @example
 * const { model, data, dataPath } = programToOnnxFiles(program, { externalData: true })
 */
export function programToOnnxFiles(
  program: Program,
  options: ProgramToOnnxOptions & OnnxFilesOptions = {},
): OnnxFiles {
  const {
    opset = defaultOpset,
    target,
    channelBlock,
    initializers = {},
    inputTypes = {},
    name = 'program',
    ...file
  } = options
  const { dataPath = `${name}.onnx.data`, float16 = false, quantize } = file
  if (quantize !== undefined && quantize !== 'int8')
    throw new FnError(`quantize: expected 'int8'. Received: ${JSON.stringify(quantize)}.`)
  if (float16 && quantize) throw new FnError('Expected one of float16 and quantize. Received: both.')
  const irVersion = irVersionOf(opset)
  const legal = verify(simplify(inline(program, (call) => !isNative(call, opset, target))))
  const unknown = Object.keys(initializers).find((key) => !legal.inputs.some((input) => input.name === key))
  if (unknown !== undefined) throw new FnError(`The program has no input "${unknown}" for an initializer.`)

  const fast = verify(fuse(legal, new Set(Object.keys(initializers))))
  const graph = new Graph([...legal.inputs.map((input) => input.name!), ...legal.outputNames])
  const inputs = fast.inputs.map((input) => {
    const array = initializers[input.name!]
    return array === undefined
      ? new Computed(graph, input, cast(graph, input, inputTypes[input.name!]))
      : new Known(graph, array, input.name!)
  })
  write(new Emission(graph, opset, fast, { target, channelBlock }), inputs).forEach((operand, at) => {
    graph.output(operand.tensor, fast.outputNames[at]!)
  })
  tidy(graph)
  if (float16) toFloat16(graph)
  if (quantize === 'int8') toInt8(graph)
  const size = graph.initializers.reduce((sum, { data }) => sum + data.byteLength, 0)
  const isLarge = size > LARGEST_FILE
  if (isLarge && file.externalData === false) {
    throw new FnError(
      `The weights take ${(size / 1e9).toFixed(1)} GB, and an ONNX file holds 2 GB: write them into one of their own, with toOnnxFiles.`,
    )
  }
  const isOutside = file.externalData ?? isLarge
  const files = encode(graph, { ...file, opset, irVersion, name, dataPath: isOutside ? dataPath : undefined })
  return { ...files, dataPath }
}
