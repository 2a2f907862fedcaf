import { create, toBinary } from '@bufbuild/protobuf'
import type { Shape } from '@fn/core'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import { bytesOf, elementsOf } from './graph/elements.ts'
import { codes, type Graph, isBody } from './graph/graph.ts'
import {
  type Attribute,
  absent,
  type ElementData,
  type ElementType,
  type Initializer,
  type Node,
  split,
  type Tensor,
} from './graph/types.ts'
import { version } from './version.ts'

export interface FileOptions {
  readonly opset: number
  readonly irVersion: number
  readonly name: string
  readonly producerVersion?: string
  readonly docString?: string
  readonly metadata?: Readonly<Record<string, string>>
  /** The path, next to the model, of a file that holds the large weights; without it they stand in the model. */
  readonly dataPath?: string | undefined
}

export interface EncodedFiles {
  readonly model: Uint8Array
  /** What stands in the file of the weights, if there is one. */
  readonly data: Uint8Array | undefined
}

/** The graph as the bytes of a ModelProto, and of a file of weights if that is asked for. */
export function encode(graph: Graph, options: FileOptions): EncodedFiles {
  const outside = options.dataPath === undefined ? undefined : layOut(graph, options.dataPath)
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(options.irVersion),
    opsetImport: [...domainsOf(graph, new Set(['']))].map((domain) =>
      create(OperatorSetIdProtoSchema, { domain, version: BigInt(domain === '' ? options.opset : 1) }),
    ),
    producerName: 'fn',
    producerVersion: options.producerVersion ?? version,
    docString: options.docString ?? '',
    metadataProps: entries(options.metadata ?? {}),
    graph: graphProto(graph, options.name, options, outside),
  })
  return { model: toBinary(ModelProtoSchema, model), data: outside?.data }
}

/** Where initializers stand in a file of their own. */
interface Outside {
  readonly path: string
  readonly data: Uint8Array
  readonly places: ReadonlyMap<Initializer, number>
}

/** Smaller ones stay in the model, whose readers need shapes and axes before they look elsewhere. */
const FEWEST_OUTSIDE = 1024

/** Each begins at a multiple of it, so that it can be used where it lies. */
const ALIGNMENT = 64

function layOut({ initializers }: Graph, path: string): Outside {
  const places = new Map<Initializer, number>()
  let end = 0
  for (const initializer of initializers) {
    const { byteLength } = initializer.data
    if (byteLength < FEWEST_OUTSIDE) continue
    const start = Math.ceil(end / ALIGNMENT) * ALIGNMENT
    places.set(initializer, start)
    end = start + byteLength
  }
  const data = new Uint8Array(end)
  for (const [initializer, start] of places) data.set(bytesOf(initializer.data), start)
  return { path, data, places }
}

const entries = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }))

/** The first version of the file format in which nodes carry metadata. */
const NODE_METADATA = 10

function graphProto(graph: Graph, name: string, options: FileOptions, outside?: Outside): GraphProto {
  const elsewhere = new Set([...graph.outputs, absent])
  const between = graph.nodes.flatMap((node) => node.outputs).filter((tensor) => !elsewhere.has(tensor))
  return create(GraphProtoSchema, {
    name,
    node: graph.nodes.map((node) => nodeProto(node, options)),
    initializer: graph.initializers.map((initializer) => initializerProto(initializer, outside)),
    input: graph.inputs.map(valueInfo),
    output: graph.outputs.map(valueInfo),
    valueInfo: between.map(valueInfo),
  })
}

/** The domains of all operators, added to those that are there. */
function domainsOf(graph: Graph, domains: Set<string>): ReadonlySet<string> {
  for (const { op, attributes } of graph.nodes) {
    domains.add(split(op).domain)
    for (const attribute of Object.values(attributes)) {
      if (isBody(attribute)) domainsOf(attribute.body, domains)
    }
  }
  return domains
}

const nodeProto = ({ op, name, path, inputs, outputs, attributes }: Node, options: FileOptions) =>
  create(NodeProtoSchema, {
    domain: split(op).domain,
    opType: split(op).name,
    name,
    input: names(inputs),
    output: names(outputs),
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value, name, options)),
    metadataProps: options.irVersion >= NODE_METADATA && path !== '' ? entries({ layer: path }) : [],
  })

/** What is left out at the end need not be said. */
const names = (tensors: readonly Tensor[]): string[] =>
  tensors.slice(0, tensors.findLastIndex((tensor) => tensor !== absent) + 1).map(({ name }) => name)

function attributeProto(name: string, value: Attribute, node: string, options: FileOptions): AttributeProto {
  const type = AttributeProto_AttributeType
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: type.INT, i: BigInt(value) })
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: type.STRING, s: utf8(value) })
  if ('texts' in value)
    return create(AttributeProtoSchema, { name, type: type.STRINGS, strings: value.texts.map(utf8) })
  if ('float' in value) return create(AttributeProtoSchema, { name, type: type.FLOAT, f: value.float })
  if ('floats' in value)
    return create(AttributeProtoSchema, { name, type: type.FLOATS, floats: [...value.floats] })
  if ('body' in value) {
    const g = graphProto(value.body, `${node}/${name}`, options)
    return create(AttributeProtoSchema, { name, type: type.GRAPH, g })
  }
  if ('element' in value) {
    const t = tensorProto('', [1], value.dtype, elementsOf(value.dtype, [value.element]))
    return create(AttributeProtoSchema, { name, type: type.TENSOR, t })
  }
  return create(AttributeProtoSchema, { name, type: type.INTS, ints: value.map(BigInt) })
}

const utf8 = (text: string) => new TextEncoder().encode(text)

function initializerProto(initializer: Initializer, outside: Outside | undefined): TensorProto {
  const { tensor, data } = initializer
  const place = outside?.places.get(initializer)
  if (place === undefined)
    return tensorProto(tensor.name, tensor.shape as readonly number[], tensor.dtype, data)
  return create(TensorProtoSchema, {
    name: tensor.name,
    dims: tensor.shape.map(BigInt),
    dataType: codes[tensor.dtype],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: entries({ location: outside!.path, offset: `${place}`, length: `${data.byteLength}` }),
  })
}

const tensorProto = (
  name: string,
  shape: readonly number[],
  dtype: ElementType,
  data: ElementData,
): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: codes[dtype],
    rawData: bytesOf(data),
  })

const valueInfo = ({ name, shape, dtype }: Tensor): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: 'tensorType',
        value: create(TypeProto_TensorSchema, { elemType: codes[dtype], shape: shapeProto(shape) }),
      },
    }),
  })

/** An open size has its expression as its name: equal names are equal sizes. */
const shapeProto = (shape: Shape) =>
  create(TensorShapeProtoSchema, {
    dim: shape.map((dim) => {
      if (typeof dim === 'number')
        return create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(dim) } })
      return create(TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: dim } })
    }),
  })
