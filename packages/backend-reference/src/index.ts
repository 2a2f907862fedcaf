export { evaluate } from './interpreter.ts'
export { createReference, type ReferenceBackend, reference } from './reference.ts'
export type { Tensor } from './tensor.ts'
