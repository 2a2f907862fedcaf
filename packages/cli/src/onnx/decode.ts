import { fromBinary } from '@bufbuild/protobuf'
import type { Dim } from '@fn/core'
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  type ValueInfoProto,
} from 'onnx-buf'
import { CommandError } from '../errors.ts'

export interface TensorSpec {
  readonly name: string
  readonly dtype: string
  /** null for a size without a name. */
  readonly shape: readonly (Dim | null)[]
}

/** What an ONNX file says of itself. */
export interface OnnxFile {
  readonly irVersion: number
  /** The version of the operators of ONNX itself. */
  readonly opset: number
  /** The versions of all sets of operators, by domain. */
  readonly opsets: Readonly<Record<string, number>>
  readonly producer: string
  readonly name: string
  readonly doc: string
  readonly metadata: Readonly<Record<string, string>>
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** The number of nodes, those in bodies of loops and branches included. */
  readonly nodes: number
  /** How many nodes each operator has, the most frequent first. */
  readonly ops: Readonly<Record<string, number>>
  readonly weights: { readonly tensors: number; readonly elements: number; readonly bytes: number }
  /** The bytes of weights by dtype. */
  readonly dtypes: Readonly<Record<string, number>>
  /** Other files in which weights lie. */
  readonly external: readonly string[]
}

/**
 * Reads what an ONNX file says of itself.
 *
 * @throws CommandError for bytes that are no ONNX file
 */
export function decodeOnnx(bytes: Uint8Array, label = 'the file'): OnnxFile {
  const model = parse(bytes)
  const graph = model?.graph
  if (model === undefined || graph === undefined || model.irVersion <= 0n)
    throw new CommandError(`Expected an ONNX file. Received something else, or a damaged one: ${label}.`)
  const graphs = [graph, ...model.functions, ...bodies(graph.node)]
  const nodes = graphs.flatMap(({ node }) => node)
  const initializers = graphs.flatMap((one) => ('initializer' in one ? one.initializer : []))
  const initialized = new Set(graph.initializer.map(({ name }) => name))
  const opsets = Object.fromEntries(
    model.opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', Number(version)]),
  )
  const counts = new Map<string, number>()
  for (const { opType, domain } of nodes) {
    const op = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`
    counts.set(op, (counts.get(op) ?? 0) + 1)
  }
  const dtypes = new Map<string, number>()
  for (const tensor of initializers) {
    const dtype = dtypeName(tensor.dataType)
    dtypes.set(dtype, (dtypes.get(dtype) ?? 0) + bytesOf(tensor))
  }
  return {
    irVersion: Number(model.irVersion),
    opset: opsets['ai.onnx'] ?? 0,
    opsets,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    name: graph.name,
    doc: model.docString || graph.docString,
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
    // Old files list weights among the inputs.
    inputs: graph.input.filter(({ name }) => !initialized.has(name)).map(specOf),
    outputs: graph.output.map(specOf),
    nodes: nodes.length,
    ops: Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))),
    weights: {
      tensors: initializers.length,
      elements: initializers.reduce((sum, tensor) => sum + elementsOf(tensor), 0),
      bytes: initializers.reduce((sum, tensor) => sum + bytesOf(tensor), 0),
    },
    dtypes: Object.fromEntries([...dtypes].sort(([, m], [, n]) => n - m)),
    external: [
      ...new Set(
        initializers.flatMap(({ externalData }) =>
          externalData.filter(({ key }) => key === 'location').map(({ value }) => value),
        ),
      ),
    ],
  }
}

function parse(bytes: Uint8Array): ModelProto | undefined {
  try {
    return fromBinary(ModelProtoSchema, bytes)
  } catch {
    return undefined
  }
}

type Nodes = GraphProto['node']

/** The graphs that nodes carry, at any depth. */
const bodies = (nodes: Nodes): readonly GraphProto[] =>
  nodes
    .flatMap(({ attribute }) =>
      attribute.flatMap(({ g, graphs }) => (g === undefined ? graphs : [g, ...graphs])),
    )
    .flatMap((body) => [body, ...bodies(body.node)])

/** FLOAT → float32, INT64 → int64 */
function dtypeName(code: number): string {
  const name = TensorProto_DataType[code]
  if (name === undefined) return `type ${code}`
  return { FLOAT: 'float32', DOUBLE: 'float64' }[name] ?? name.toLowerCase()
}

const elementsOf = ({ dims }: TensorProto): number => dims.reduce((size, dim) => size * Number(dim), 1)

function bytesOf(tensor: TensorProto): number {
  const dtype = dtypeName(tensor.dataType)
  const bits = dtype === 'bool' ? 8 : Number(/^[a-z]*(\d+)/.exec(dtype)?.[1] ?? 0)
  return (elementsOf(tensor) * bits) / 8
}

function specOf({ name, type }: ValueInfoProto): TensorSpec {
  if (type?.value.case !== 'tensorType') return { name, dtype: type?.value.case ?? 'unknown', shape: [] }
  const { elemType, shape } = type.value.value
  const dims = (shape?.dim ?? []).map(({ value }) => {
    if (value.case === 'dimValue') return Number(value.value)
    return value.case === 'dimParam' && value.value !== '' ? value.value : null
  })
  return { name, dtype: dtypeName(elemType), shape: dims }
}
