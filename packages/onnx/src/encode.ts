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
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import { bytesOf, elementsOf } from './graph/elements.ts'
import { codes, type Graph } from './graph/graph.ts'
import {
  type Attribute,
  absent,
  type ElementData,
  type ElementType,
  type Node,
  type Tensor,
} from './graph/types.ts'

export interface FileOptions {
  readonly opset: number
  readonly irVersion: number
  readonly name: string
  readonly producerVersion?: string
  readonly docString?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** The graph as the bytes of a ModelProto. */
export function encode(graph: Graph, options: FileOptions): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(options.irVersion),
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(options.opset) })],
    producerName: 'fn',
    producerVersion: options.producerVersion ?? '',
    docString: options.docString ?? '',
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
    graph: graphProto(graph, options.name),
  })
  return toBinary(ModelProtoSchema, model)
}

function graphProto(graph: Graph, name: string): GraphProto {
  const elsewhere = new Set([...graph.outputs, absent])
  const between = graph.nodes.flatMap((node) => node.outputs).filter((tensor) => !elsewhere.has(tensor))
  return create(GraphProtoSchema, {
    name,
    node: graph.nodes.map(nodeProto),
    initializer: graph.initializers.map(({ tensor, data }) =>
      tensorProto(tensor.name, tensor.shape as readonly number[], tensor.dtype, data),
    ),
    input: graph.inputs.map(valueInfo),
    output: graph.outputs.map(valueInfo),
    valueInfo: between.map(valueInfo),
  })
}

const nodeProto = ({ op, name, inputs, outputs, attributes }: Node) =>
  create(NodeProtoSchema, {
    opType: op,
    name,
    input: names(inputs),
    output: names(outputs),
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value, name)),
  })

/** What is left out at the end need not be said. */
const names = (tensors: readonly Tensor[]): string[] =>
  tensors.slice(0, tensors.findLastIndex((tensor) => tensor !== absent) + 1).map(({ name }) => name)

function attributeProto(name: string, value: Attribute, node: string): AttributeProto {
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
    const g = graphProto(value.body, `${node}/${name}`)
    return create(AttributeProtoSchema, { name, type: type.GRAPH, g })
  }
  if ('element' in value) {
    const t = tensorProto('', [1], value.dtype, elementsOf(value.dtype, [value.element]))
    return create(AttributeProtoSchema, { name, type: type.TENSOR, t })
  }
  return create(AttributeProtoSchema, { name, type: type.INTS, ints: value.map(BigInt) })
}

const utf8 = (text: string) => new TextEncoder().encode(text)

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
    rawData: Uint8Array.from(bytesOf(data)),
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

/** Symbols are named; a product of them is a size of its own, without a name. */
const shapeProto = (shape: Shape) =>
  create(TensorShapeProtoSchema, {
    dim: shape.map((dim) => {
      if (typeof dim === 'number')
        return create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(dim) } })
      if (dim.includes('*')) return create(TensorShapeProto_DimensionSchema, {})
      return create(TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: dim } })
    }),
  })
