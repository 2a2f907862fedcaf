import { FnError } from '@fn/core'
import { backend, env, getBackend, ready, setBackend, tensor } from '@tensorflow/tfjs-core'
import type { EngineName } from './lowering.ts'

const loaders: Readonly<Record<EngineName, () => Promise<void>>> = {
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu')
  },
  async wasm() {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
    const folder = await nodeWasmFolder()
    if (folder !== undefined) setWasmPaths(folder)
  },
}

/** Where the .wasm files lie in Node; in a browser tfjs finds them beside the script. */
async function nodeWasmFolder(): Promise<string | undefined> {
  if (!(globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node)
    return undefined
  const { createRequire } = await import('node:module')
  const { dirname, sep } = await import('node:path')
  return (
    dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json')) +
    `${sep}dist${sep}`
  )
}

const loaded = new Set<EngineName>()

/** Makes an engine ready. @throws FnError for a name that is none, or an engine that does not start */
export async function load(name: EngineName): Promise<void> {
  const loader = loaders[name]
  if (loader === undefined) {
    throw new FnError(
      `tfjs: expected an engine, one of ${Object.keys(loaders).join(', ')}. Received: ${JSON.stringify(name)}.`,
    )
  }
  await loader()
  const before = env().getBool('PROD')
  // The cpu engine greets whoever uses it first in Node, unless in production.
  env().set('PROD', true)
  try {
    if (!(await setBackend(name))) throw new FnError(`tfjs: the engine "${name}" did not start.`)
    await ready()
    tensor([0]).dispose()
  } finally {
    env().set('PROD', before)
  }
  loaded.add(name)
}

/** Makes tfjs use an engine that is loaded. It does so before it returns: the promise is long kept. */
export function use(name: EngineName): void {
  if (getBackend() === name && backend() !== undefined) return
  void setBackend(name)
}
