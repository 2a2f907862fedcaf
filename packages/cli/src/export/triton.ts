import { join } from 'node:path'
import { UsageError } from '../errors.ts'
import type { OnnxFile, TensorSpec } from '../onnx/decode.ts'

/** Dtypes as the configuration of Triton calls them. */
const TYPES: Readonly<Record<string, string>> = {
  float32: 'TYPE_FP32',
  float16: 'TYPE_FP16',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  int8: 'TYPE_INT8',
  uint8: 'TYPE_UINT8',
  bool: 'TYPE_BOOL',
}

/** A name that is a folder of its own and no other. */
const isFolder = (name: string): boolean => /^[\w.-]+$/.test(name) && !/^\.+$/.test(name)

/**
 * Where the files of a model lie in a model repository of Triton: `NAME/config.pbtxt` and `NAME/1/model.onnx`.
 *
 * @throws UsageError for a name that is no folder
 */
export function tritonPaths(
  folder: string,
  name: string,
): { readonly model: string; readonly config: string } {
  if (!isFolder(name))
    throw new UsageError(`--triton: expected a model whose name can be that of a folder. Received: ${name}.`)
  return { model: join(folder, name, '1', 'model.onnx'), config: join(folder, name, 'config.pbtxt') }
}

/**
 * The configuration of a model in Triton. Where every input and output has an open batch, requests are put together, up to
 * `maxBatch` samples.
 */
export function tritonConfig(name: string, { inputs, outputs }: OnnxFile, maxBatch: number): string {
  const batched = [...inputs, ...outputs].every(
    ({ shape }) => typeof shape[0] !== 'number' && shape.length > 0,
  )
  const tensor = ({ name, dtype, shape }: TensorSpec): string => {
    const dims = (batched ? shape.slice(1) : shape).map((dim) => (typeof dim === 'number' ? dim : -1))
    return `  { name: ${JSON.stringify(name)} data_type: ${TYPES[dtype]} dims: [ ${dims.join(', ')} ] }`
  }
  const list = (key: string, tensors: readonly TensorSpec[]): string =>
    `${key} [\n${tensors.map(tensor).join(',\n')}\n]`
  return [
    `name: ${JSON.stringify(name)}`,
    'backend: "onnxruntime"',
    `max_batch_size: ${batched ? maxBatch : 0}`,
    list('input', inputs),
    list('output', outputs),
    ...(batched ? ['dynamic_batching { }'] : []),
    '',
  ].join('\n')
}
