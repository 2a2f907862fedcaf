import type { Model, ModelCompileOptions } from '@fn/core'
import type { LayersModel } from '@tensorflow/tfjs-layers'

/** One batch: the elements of each input and of each output, row by row. */
export interface Batch {
  readonly x: readonly (Float32Array | Int32Array)[]
  readonly y: readonly Float32Array[]
}

/** Something to train. What the numbers are does not matter for the time: batches are noise. */
export interface Workload {
  readonly name: string
  readonly title: string
  readonly batchSize: number
  readonly model: () => Model
  readonly training: Omit<ModelCompileOptions, 'backend'>
  readonly batch: () => Batch
  /** The same model in tfjs-layers, compiled, if it can train there on wasm. */
  readonly tfjsLayers?: () => LayersModel
}
