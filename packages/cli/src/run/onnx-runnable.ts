import { type Dim, type HostArray, messageOf } from '@fn/core'
import { halfBits } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { CommandError } from '../errors.ts'
import { fromHalf } from './float16.ts'
import type { Arrays, InputSpec, Runnable } from './runnable.ts'

export interface SessionOptions {
  readonly provider?: string
  readonly threads?: number
  /** A file of weights that the model looks for next to itself, where it is not opened from there. */
  readonly external?: { readonly path: string; readonly data: Uint8Array }
}

/**
 * Opens a file, or its bytes, in ONNX Runtime.
 *
 * @throws CommandError with what ONNX Runtime says of it
 */
export async function openSession(
  file: string | Uint8Array,
  { provider = 'cpu', threads, external }: SessionOptions = {},
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    // Errors come as exceptions; what it has to say besides belongs to nobody's stderr.
    logSeverityLevel: 4,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    ...(external && { externalData: [external] }),
  }
  try {
    // Two overloads: TypeScript does not choose one for both.
    return await (typeof file === 'string'
      ? InferenceSession.create(file, options)
      : InferenceSession.create(file, options))
  } catch (error) {
    throw refused(provider === 'cpu' ? 'does not open it' : `does not open it on ${provider}`, error)
  }
}

/** A file in ONNX Runtime. */
export function onnxRunnable(session: InferenceSession, provider = 'cpu'): Runnable {
  return {
    inputs: inputSpecs(session),
    async run(arrays) {
      const outputs = await prepare(session, arrays)()
      return {
        engine: `onnxruntime ${provider}`,
        outputs: Object.fromEntries(session.outputNames.map((name) => [name, arrayOf(outputs[name]!)])),
      }
    },
  }
}

/**
 * A run on these arrays, which can be had again and again.
 *
 * @throws CommandError with what ONNX Runtime says of it
 */
export function prepare(
  session: InferenceSession,
  arrays: Arrays,
): () => Promise<Readonly<Record<string, Tensor>>> {
  const feeds = Object.fromEntries(
    inputSpecs(session).map(({ name, dtype }) => [name, tensorOf(arrays[name]!, dtype)]),
  )
  return async () => {
    try {
      return await session.run(feeds)
    } catch (error) {
      throw refused('does not run it', error)
    }
  }
}

function refused(what: string, error: unknown): CommandError {
  const message = messageOf(error)
    .trim()
    .replace(/\s*\n\s*/g, ' ')
  return new CommandError(`ONNX Runtime ${what}: ${message}`, { cause: error })
}

/** @throws CommandError for inputs that are no tensors */
export function inputSpecs({ inputMetadata }: InferenceSession): readonly InputSpec[] {
  return inputMetadata.map((input) => {
    if (!input.isTensor)
      throw new CommandError(`The input "${input.name}" is no tensor, which is not supported.`)
    // A size without a name is one of its own.
    const shape = input.shape.map((dim, axis): Dim => (dim === '' ? `${input.name}_dim_${axis}` : dim))
    return { name: input.name, shape, dtype: input.type }
  })
}

type Maker = (data: HostArray['data']) => Tensor['data']

/** The elements of an array in the types of ONNX Runtime. */
const makers: Readonly<Record<string, Maker>> = {
  float16: (data) => Uint16Array.from(data, halfBits),
  float32: (data) => Float32Array.from(data),
  float64: (data) => Float64Array.from(data),
  int8: (data) => Int8Array.from(data),
  uint8: (data) => Uint8Array.from(data),
  int16: (data) => Int16Array.from(data),
  uint16: (data) => Uint16Array.from(data),
  int32: (data) => Int32Array.from(data),
  uint32: (data) => Uint32Array.from(data),
  int64: (data) => BigInt64Array.from(data as Int32Array, BigInt),
  uint64: (data) => BigUint64Array.from(data as Int32Array, BigInt),
  bool: (data) => Uint8Array.from(data),
}

function tensorOf({ shape, data }: HostArray, type: string): Tensor {
  const make = makers[type]
  if (make === undefined) throw new CommandError(`An input of dtype ${type} is not supported.`)
  return new Tensor(type as Tensor.Type, make(data) as Tensor.DataTypeMap[Tensor.Type], shape)
}

function arrayOf({ type, dims: shape, data }: Tensor): HostArray {
  if (type === 'float32') return { shape, dtype: 'float32', data: data as Float32Array }
  if (type === 'bool') return { shape, dtype: 'bool', data: data as Uint8Array }
  if (type === 'float64') return { shape, dtype: 'float32', data: data as Float64Array }
  // Where JavaScript has Float16Array, the elements come as numbers.
  if (type === 'float16')
    return {
      shape,
      dtype: 'float32',
      data:
        data instanceof Uint16Array
          ? Float32Array.from(data, fromHalf)
          : Float32Array.from(data as Float32Array),
    }
  if (makers[type] === undefined) throw new CommandError(`An output of dtype ${type} is not supported.`)
  return { shape, dtype: 'int32', data: Int32Array.from(data as Int32Array, Number) }
}
