export { KerasFileError } from './errors.ts'
export { type LoadOptions, modelFromKeras, modelToKeras } from './keras-file.ts'
export { modelFromTfjs, weightFiles } from './tfjs-file.ts'
