import { fromBinary } from '@bufbuild/protobuf'
import { type GraphProto, ModelProtoSchema, type NodeProto, type ValueInfoProto } from 'onnx-buf'

/** The model in the bytes of a file. */
export const decode = (bytes: Uint8Array) => fromBinary(ModelProtoSchema, bytes)

/** The graph in the bytes of a file. */
export const graphOf = (bytes: Uint8Array): GraphProto => decode(bytes).graph!

/** The operators of the nodes, in their order. */
export const ops = (graph: GraphProto | undefined): string[] => graph!.node.map(({ opType }) => opType)

/** The first node of an operator. */
export const nodeOf = (graph: GraphProto, op: string): NodeProto =>
  graph.node.find(({ opType }) => opType === op)!

/** The graph inside of a node. */
export const bodyOf = (node: NodeProto): GraphProto => node.attribute.find(({ g }) => g !== undefined)!.g!

/** An attribute as plain data. */
export function attribute(node: NodeProto, name: string): number | string | number[] | string[] | undefined {
  const found = node.attribute.find((one) => one.name === name)
  if (found === undefined) return undefined
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  if (found.strings.length > 0) return found.strings.map(text)
  if (found.floats.length > 0) return found.floats
  if (found.ints.length > 0) return found.ints.map(Number)
  return found.s.length > 0 ? text(found.s) : Number(found.i)
}

/** The shape that a file says a tensor has; ? for a size without a name. */
export function shapeIn(infos: readonly ValueInfoProto[], name: string): (string | number)[] {
  const type = infos.find((value) => value.name === name)!.type!.value
  if (type.case !== 'tensorType') throw new Error('expected a tensor')
  return type.value.shape!.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : (value.value ?? '?'),
  )
}

/** The shape of a tensor of a graph. */
export const shapeOf = (graph: GraphProto, name: string): (string | number)[] =>
  shapeIn([...graph.input, ...graph.output, ...graph.valueInfo], name)
