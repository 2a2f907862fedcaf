export type { EngineName } from './lowering.ts'
export { tfjs } from './tfjs.ts'
