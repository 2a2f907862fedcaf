import { Builder, type DType } from '@fn/core'
import { programToOnnx } from '@fn/onnx'
import type { InferenceSession, Tensor } from 'onnxruntime-common'
import type { Ort } from './local.ts'
import type { Elements } from './runtime.ts'

/**
 * Brings tensors from a GPU: a session gives what it is given, to the host. `Tensor.getData` is not written in Node
 * (the process ends), and in a browser the tensor would leave the GPU.
 */
export function downloader(
  ort: Ort,
  options: InferenceSession.SessionOptions,
): (tensor: Tensor) => Promise<Elements> {
  const sessions = new Map<string, Promise<InferenceSession>>()
  const sessionFor = (dtype: DType, rank: number): Promise<InferenceSession> => {
    const key = `${dtype} ${rank}`
    const known = sessions.get(key)
    if (known !== undefined) return known
    const b = new Builder()
    const x = b.input({ shape: Array.from({ length: rank }, (_, axis) => `axis_${axis}`), dtype }, 'x')
    const file = programToOnnx(b.build({ y: x }))
    const made = ort.InferenceSession.create(file, { ...options, preferredOutputLocation: 'cpu' })
    sessions.set(key, made)
    return made
  }
  return async (tensor) => {
    const session = await sessionFor(tensor.type as DType, tensor.dims.length)
    const { y } = await session.run({ x: tensor })
    return y!.data as Elements
  }
}
