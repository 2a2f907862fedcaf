import { Worker } from 'node:worker_threads'
import { FnError, messageOf } from '@fn/core'
import { channelBlockProbe } from '@fn/onnx'
import type { Tensor } from 'onnxruntime-common'
import type { Provider } from '../options.ts'
import type { Ort } from '../runtime/local.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { StartOptions } from '../worker/messages.ts'
import type { Thread } from '../worker/remote-runtime.ts'
import { record } from './recording.ts'
import { startOn } from './start-on.ts'

export const providers: readonly Provider[] = ['cpu', 'webgpu', 'cuda']

export const defaultProvider: Provider = 'cpu'

/** Those of which it tells the time of kernels; on GPUs these return while it is still at work. */
export const profiledProviders: readonly Provider[] = ['cpu']

/** ONNX Runtime of Node in this thread. */
export async function start(provider: Provider, { session }: StartOptions): Promise<Runtime<Tensor>> {
  const ort: Ort = await import('onnxruntime-node').catch((error) => {
    throw new FnError(
      `onnxruntime: expected the package onnxruntime-node (npm install onnxruntime-node). Received: ${messageOf(error)}`,
    )
  })
  const options = {
    extra: { session: { force_spinning_stop: '1', intra_op: { spin_duration_us: '50' } } },
    ...session,
  }
  return startOn(ort, provider, options, {
    rewrites: provider !== 'webgpu',
    channelBlock: provider === 'cpu' ? await channelBlockOf(ort) : undefined,
    record,
  })
}

/** How many channels the convolution that ONNX Runtime keeps to itself takes at once on this processor, if it has one. */
async function channelBlockOf(ort: Ort): Promise<number | undefined> {
  try {
    const session = await ort.InferenceSession.create(channelBlockProbe(), { logSeverityLevel: 4 })
    const { y } = await session.run({ x: new ort.Tensor('float32', new Float32Array(4), [1, 4, 1, 1]) })
    await session.release()
    return y!.dims[1]
  } catch {
    return undefined
  }
}

/** Node's loader reads no TypeScript as the first file of a worker; tsx, where it is there, is registered before. */
function workerOfSource(): Worker {
  const source = new URL('./node-worker.ts', import.meta.url).href
  const run = `import(${JSON.stringify(source)})`
  const tsx = addressOfTsx()
  const script =
    tsx === undefined
      ? run
      : `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return ${run} })`
  return new Worker(script, { eval: true })
}

function addressOfTsx(): string | undefined {
  try {
    return import.meta.resolve('tsx/esm/api')
  } catch {
    return undefined
  }
}

export function startThread(): Thread {
  const worker = import.meta.url.endsWith('.ts')
    ? workerOfSource()
    : new Worker(new URL('./node-worker.js', import.meta.url))
  worker.unref()
  return {
    send: (message, transfer = []) => worker.postMessage(message, transfer as ArrayBuffer[]),
    receive: (listener) => void worker.on('message', listener),
    hold: (isAtWork) => (isAtWork ? worker.ref() : worker.unref()),
    onEnd(listener) {
      worker.on('error', (error) => listener(`The worker of ONNX Runtime has ended: ${messageOf(error)}`))
      worker.on('exit', () => listener('The worker of ONNX Runtime has ended.'))
    },
    end: async () => void (await worker.terminate()),
  }
}
