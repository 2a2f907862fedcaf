import type { Layer } from '../functional/layer.ts'
import { Conv2D, conv2d } from './convolution/conv2d.ts'
import { Activation, activation } from './core/activation.ts'
import { Dense, dense } from './core/dense.ts'
import { Add, add } from './merging/add.ts'
import { Concatenate, concatenate } from './merging/concatenate.ts'
import { BatchNormalization, batchNormalization } from './normalization/batch-normalization.ts'
import { AveragePooling2D, averagePooling2d } from './pooling/average-pooling2d.ts'
import { GlobalAveragePooling2D, globalAveragePooling2d } from './pooling/global-average-pooling2d.ts'
import { MaxPooling2D, maxPooling2d } from './pooling/max-pooling2d.ts'
import { Dropout, dropout } from './regularization/dropout.ts'
import { Flatten, flatten } from './reshaping/flatten.ts'
import { Reshape, reshape } from './reshaping/reshape.ts'

/** Makes layers: `layers.dense({ units: 64 })`. */
export const layers = {
  activation,
  add,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv2d,
  dense,
  dropout,
  flatten,
  globalAveragePooling2d,
  maxPooling2d,
  reshape,
}

/** The classes that a config may name. */
export const layerClasses: readonly LayerClass[] = [
  Activation,
  Add,
  AveragePooling2D,
  BatchNormalization,
  Concatenate,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  GlobalAveragePooling2D,
  MaxPooling2D,
  Reshape,
]

/** A layer that can be made from its config. */
export interface LayerClass {
  readonly className: string
  new (options: never): Layer
}
