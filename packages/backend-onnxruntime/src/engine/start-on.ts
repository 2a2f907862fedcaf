import { Builder, FnError, messageOf } from '@fn/core'
import { programToOnnx } from '@fn/onnx'
import type { InferenceSession, Tensor } from 'onnxruntime-common'
import type { Provider } from '../options.ts'
import { downloader } from '../runtime/download.ts'
import { endOfRuns } from '../runtime/in-place.ts'
import { type LocalOptions, localRuntime, type Ort } from '../runtime/local.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** Why there is no session on a provider, most of the time. */
const needs: Readonly<Record<Provider, string>> = {
  cpu: 'a processor that ONNX Runtime knows',
  wasm: 'its WebAssembly files where `wasmPaths` says, or beside the module of onnxruntime-web',
  webgpu: 'a GPU and its driver (Vulkan, Metal or Direct3D 12)',
  cuda: 'an NVIDIA GPU, and onnxruntime-node installed with ONNXRUNTIME_NODE_INSTALL=cuda12',
}

/**
 * ONNX Runtime in this thread, on a provider that has shown that it runs.
 *
 * @throws FnError where it does not run
 */
export async function startOn(
  ort: Ort,
  provider: Provider,
  options: InferenceSession.SessionOptions,
  { rewrites, channelBlock, record }: Pick<LocalOptions, 'rewrites' | 'channelBlock' | 'record'>,
): Promise<Runtime<Tensor>> {
  const isGpu = provider === 'webgpu'
  const session: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    // That nodes about shapes are left to the processor is no news.
    ...(isGpu && { preferredOutputLocation: 'gpu-buffer', logSeverityLevel: 3 }),
    ...options,
  }
  const b = new Builder()
  const probe = programToOnnx(b.build({ y: b.input({ shape: [1], dtype: 'float32' }, 'x') }))
  try {
    const opened = await ort.InferenceSession.create(probe, session)
    await opened.release()
  } catch (error) {
    // Of its checks it tells the place in its source first.
    const reason = messageOf(error).split(' was false. ').at(-1)!.trim()
    throw new FnError(`onnxruntime: expected ${needs[provider]} for "${provider}". Received: ${reason}`)
  }
  return localRuntime(ort, {
    session,
    rewrites,
    channelBlock,
    record,
    endOfRuns: rewrites ? await endOfRuns(ort, session) : undefined,
    ...(isGpu && { download: downloader(ort, session) }),
  })
}
