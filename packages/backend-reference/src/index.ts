export { createReference, type ReferenceBackend, reference } from './reference.ts'
