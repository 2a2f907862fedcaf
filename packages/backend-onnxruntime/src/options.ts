import type { InferenceSession } from 'onnxruntime-common'

/**
 * What ONNX Runtime runs on: `cpu`, `webgpu` and, where it was installed with it, `cuda` in Node; `wasm` and `webgpu` in
 * a browser.
 */
export type Provider = 'cpu' | 'cuda' | 'wasm' | 'webgpu'

export interface OnnxruntimeOptions {
  /**
   * Handed to ONNX Runtime as they are: threads, graph optimization, profiling, … If nothing is said of `extra`, its
   * threads wait busily for the next node, but for 50 µs at most and not between runs: a machine with other work pays
   * dearly for more. Where slopes vanish `extra: { session: { set_denormal_as_zero: '1' } }` helps, since numbers below
   * 10⁻³⁸ are slow to compute with (it holds for the whole thread, JavaScript included).
   */
  readonly session?: InferenceSession.SessionOptions
  /**
   * Whether sessions run in a worker, and weights stay there: the event loop goes on while a step is computed. Without
   * it a step holds the thread, and the loop of training lets others have their turn between steps.
   */
  readonly worker?: boolean
  /**
   * In a browser, where the files of WebAssembly are loaded from: a folder, or the address of each. If nothing is said
   * they lie beside the module of onnxruntime-web, where bundlers find and copy them; nothing is loaded from elsewhere.
   */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string }
}
