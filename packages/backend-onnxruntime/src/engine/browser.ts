import { FnError, messageOf } from '@fn/core'
import type { Tensor } from 'onnxruntime-common'
import type { Provider } from '../options.ts'
import { inTurn } from '../runtime/in-turn.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { StartOptions } from '../worker/messages.ts'
import type { Thread } from '../worker/remote-runtime.ts'
import { startOn } from './start-on.ts'

export const providers: readonly Provider[] = ['wasm', 'webgpu']

export const defaultProvider: Provider = 'wasm'

/** It keeps what it has timed in a file that a page can not read. */
export const profiledProviders: readonly Provider[] = []

/** ONNX Runtime of the browser in this thread. */
export async function start(
  provider: Provider,
  { session, wasmPaths }: StartOptions,
): Promise<Runtime<Tensor>> {
  const module = provider === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm')
  const ort = await module.catch((error) => {
    throw new FnError(
      `onnxruntime: expected the package onnxruntime-web (npm install onnxruntime-web). Received: ${messageOf(error)}`,
    )
  })
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths
  // It takes no second run while it is at one.
  return inTurn(await startOn(ort, provider, session ?? {}, { rewrites: false }))
}

export function startThread(): Thread {
  const worker = new Worker(new URL('./browser-worker.js', import.meta.url), { type: 'module' })
  return {
    send: (message, transfer = []) => worker.postMessage(message, transfer as ArrayBuffer[]),
    receive: (listener) => worker.addEventListener('message', ({ data }) => listener(data)),
    hold: () => {},
    onEnd: (listener) =>
      worker.addEventListener('error', ({ message }) =>
        listener(`The worker of ONNX Runtime has ended: ${message}`),
      ),
    end: async () => worker.terminate(),
  }
}
