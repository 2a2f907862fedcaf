import { create, toBinary } from '@bufbuild/protobuf'
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf'

/**
 * An ONNX file with one more output, before the others, that is no tensor: an empty sequence of float32 tensors.
 *
 * @param name of the output; nothing in the file may have it
 * @example
 * const file = withEmptySequence(programToOnnx(program), 'nothing')
 */
export function withEmptySequence(file: Uint8Array, name: string): Uint8Array {
  const tensorType = create(TypeProto_TensorSchema, { elemType: TensorProto_DataType.FLOAT })
  const elemType = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } })
  const sequenceType = create(TypeProto_SequenceSchema, { elemType })
  const type = create(TypeProtoSchema, { value: { case: 'sequenceType', value: sequenceType } })
  const graph = create(GraphProtoSchema, {
    node: [create(NodeProtoSchema, { opType: 'SequenceEmpty', name, output: [name] })],
    output: [create(ValueInfoProtoSchema, { name, type })],
  })
  // Protocol Buffers read one message behind another of its type as both together, lists joined in that order.
  const more = toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph }))
  const whole = new Uint8Array(more.length + file.length)
  whole.set(more)
  whole.set(file, more.length)
  return whole
}
