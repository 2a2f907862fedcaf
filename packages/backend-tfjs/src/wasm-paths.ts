/** The three builds of tfjs's WebAssembly: a browser fetches the one that it can run best. */
export type WasmFile =
  | 'tfjs-backend-wasm.wasm'
  | 'tfjs-backend-wasm-simd.wasm'
  | 'tfjs-backend-wasm-threaded-simd.wasm'

/** The folder they lie in, with its closing slash, or where each of them lies. */
export type WasmPaths = string | Readonly<Record<WasmFile, string>>
