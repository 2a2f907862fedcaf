import { FnError } from '@fn/core'
import type { WasmPaths } from './wasm-paths.ts'

/** Where the .wasm files of tfjs lie: bundlers see these URLs, and bring the files along. */
export function wasmPaths(): WasmPaths {
  return {
    'tfjs-backend-wasm.wasm': new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
      import.meta.url,
    ).href,
    'tfjs-backend-wasm-simd.wasm': new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
      import.meta.url,
    ).href,
    'tfjs-backend-wasm-threaded-simd.wasm': new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
      import.meta.url,
    ).href,
  }
}

/** A page has it, or tfjs says that it did not start. */
export function expectWebgl(): void {}

/** @throws FnError where the browser has no WebGPU, or finds no GPU */
export async function provideWebgpu(): Promise<void> {
  // Pages that are not secure have none.
  const gpu: GPU | undefined = navigator.gpu
  const adapter = await gpu?.requestAdapter()
  if (!adapter)
    throw new FnError(
      `tfjs: the engine "webgpu" needs ${gpu ? 'a GPU, and found none' : 'a browser that has WebGPU, and a page over https'}.`,
    )
}
