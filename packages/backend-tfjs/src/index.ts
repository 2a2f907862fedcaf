export type { EngineOptions } from './engine.ts'
export type { EngineName } from './lowering.ts'
export { tfjs } from './tfjs.ts'
export type { WasmFile, WasmPaths } from './wasm-paths.ts'
