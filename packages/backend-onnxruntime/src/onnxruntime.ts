import { type Backend, FnError } from '@fn/core'
import { defaultProvider, profiledProviders, providers, start, startThread } from '#engine'
import { backendOn } from './backend.ts'
import { capabilitiesOf } from './capabilities.ts'
import type { OnnxruntimeOptions, Provider } from './options.ts'
import { remoteRuntime } from './worker/remote-runtime.ts'

/**
 * ONNX Runtime: programs become ONNX graphs, and these sessions. In Node it runs them with onnxruntime-node, in a browser
 * with onnxruntime-web; the one that is needed is installed beside this package.
 *
 * @param provider 'cpu', 'webgpu' or 'cuda' in Node, 'wasm' or 'webgpu' in a browser; 'cpu' or 'wasm' if nothing is said
 * @throws FnError for a provider that there is not, or a GPU
 * @example
 * model.compile({ backend: await onnxruntime('cpu', { worker: true }) })
 * const { data } = await model.predict(x)
 */
export async function onnxruntime(
  provider: Provider = defaultProvider,
  { worker = false, ...options }: OnnxruntimeOptions = {},
): Promise<Backend> {
  if (!providers.includes(provider)) {
    throw new FnError(
      `onnxruntime: expected a provider, one of ${providers.join(', ')}. Received: ${JSON.stringify(provider)}.`,
    )
  }
  const target = provider === 'webgpu' ? provider : undefined
  const common = { target, capabilities: capabilitiesOf(target, profiledProviders.includes(provider)) }
  const name = `onnxruntime ${provider}`
  if (!worker) return backendOn({ ...common, name, runtime: await start(provider, options) })
  const runtime = await remoteRuntime(startThread(), provider, options)
  return backendOn({ ...common, name: `${name} in a worker`, runtime })
}
