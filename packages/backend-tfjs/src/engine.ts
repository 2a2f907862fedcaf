import { FnError } from '@fn/core'
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { backend, env, getBackend, ready, setBackend, tensor } from '@tensorflow/tfjs-core'
import { expectWebgl, provideWebgpu, wasmPaths } from '#host'
import type { EngineName } from './lowering.ts'
import type { WasmPaths } from './wasm-paths.ts'

export interface EngineOptions {
  /**
   * Where a browser finds the .wasm files of tfjs, which lie in `@tensorflow/tfjs-backend-wasm/dist`. Bundlers that follow
   * `new URL(…, import.meta.url)`, such as Vite and webpack, need not be told. Nothing is fetched from another server.
   */
  readonly wasmPaths?: WasmPaths
}

const loaders: Readonly<Record<EngineName, (options: EngineOptions) => Promise<void>>> = {
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu')
  },
  async wasm(options) {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
    setWasmPaths(options.wasmPaths ?? wasmPaths())
  },
  async webgl() {
    expectWebgl()
    await import('@tensorflow/tfjs-backend-webgl')
    // Small tensors would be computed by the processor, with other roundings.
    env().set('WEBGL_CPU_FORWARD', false)
  },
  async webgpu() {
    await provideWebgpu()
    await import('@tensorflow/tfjs-backend-webgpu')
    env().set('WEBGPU_CPU_FORWARD', false)
  },
}

/** Makes an engine ready. @throws FnError for a name that is none, or an engine that does not start */
export async function load(name: EngineName, options: EngineOptions): Promise<void> {
  const loader = loaders[name]
  if (loader === undefined) {
    throw new FnError(
      `tfjs: expected an engine, one of ${Object.keys(loaders).join(', ')}. Received: ${JSON.stringify(name)}.`,
    )
  }
  await loader(options)
  const before = env().getBool('PROD')
  // The cpu engine greets whoever uses it first in Node, unless in production.
  env().set('PROD', true)
  try {
    if (!(await setBackend(name))) throw new FnError(`tfjs: the engine "${name}" did not start.`)
    await ready()
    tensor([0]).dispose()
    if (name === 'webgpu') listen(backend() as WebGPUBackend)
  } finally {
    env().set('PROD', before)
  }
}

/** What WebGPU refused since it was asked last. */
const refused: string[] = []

/** tfjs does not listen when WebGPU refuses a kernel, and goes on with zeros. */
function listen({ device }: WebGPUBackend): void {
  device.onuncapturederror = ({ error }) => {
    refused.push(error.message)
  }
}

/** @throws FnError if WebGPU refused anything since it was asked last */
export function expectNothingRefused(): void {
  const [first] = refused.splice(0)
  if (first !== undefined) throw new FnError(`tfjs: WebGPU refused a kernel: ${first}`)
}

/** Makes tfjs use an engine that is loaded. It does so before it returns: the promise is long kept. */
export function use(name: EngineName): void {
  if (getBackend() === name && backend() !== undefined) return
  void setBackend(name)
}
