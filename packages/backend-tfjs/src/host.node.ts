import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { FnError } from '@fn/core'
import type { WasmPaths } from './wasm-paths.ts'

/** Where the .wasm files of tfjs lie. */
export function wasmPaths(): WasmPaths {
  const { resolve } = createRequire(import.meta.url)
  return `${dirname(resolve('@tensorflow/tfjs-backend-wasm/package.json'))}${sep}dist${sep}`
}

/** @throws FnError always */
export function expectWebgl(): void {
  throw new FnError(
    'tfjs: the engine "webgl" needs a page in a browser. In Node there are "webgpu", "wasm" and "cpu".',
  )
}

/**
 * Puts the WebGPU of Dawn where tfjs looks for it, unless there is one.
 *
 * @throws FnError where the package `webgpu` is not installed, or finds no GPU
 */
export async function provideWebgpu(): Promise<void> {
  if (globalThis.navigator?.gpu === undefined) {
    const { create, globals } = await dawn()
    Object.assign(globalThis, globals)
    const gpu = create([])
    if (globalThis.navigator === undefined) Object.assign(globalThis, { navigator: { gpu } })
    else Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true })
  }
  const adapter = await navigator.gpu.requestAdapter().catch(() => null)
  if (adapter === null)
    throw new FnError(
      'tfjs: the engine "webgpu" found no GPU: on Linux it needs Vulkan (libvulkan1) and the driver of a GPU.',
    )
}

async function dawn(): Promise<typeof import('webgpu')> {
  try {
    return await import('webgpu')
  } catch (error) {
    throw new FnError(
      `tfjs: in Node the engine "webgpu" needs the package webgpu: npm install webgpu. ${error instanceof Error ? error.message : error}`,
    )
  }
}
