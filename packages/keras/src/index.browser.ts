export { KerasFileError } from './errors.ts'
export { modelToH5 } from './h5-file.ts'
export { type LoadOptions, modelFromKeras, modelToKeras } from './keras-file.ts'
export { modelFromTfjs, modelToTfjs, weightFiles } from './tfjs-file.ts'
