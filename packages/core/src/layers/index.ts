import type { Layer } from '../functional/layer.ts'
import { Conv1D, conv1d } from './convolution/conv1d.ts'
import { Conv2D, conv2d } from './convolution/conv2d.ts'
import { Conv3D, conv3d } from './convolution/conv3d.ts'
import { Activation, activation } from './core/activation.ts'
import { Dense, dense } from './core/dense.ts'
import { Embedding, embedding } from './core/embedding.ts'
import { Identity, identity } from './core/identity.ts'
import { lambda } from './core/lambda.ts'
import { Masking, masking } from './core/masking.ts'
import { Add, add } from './merging/add.ts'
import { Average, average } from './merging/average.ts'
import { Concatenate, concatenate } from './merging/concatenate.ts'
import { Dot, dot } from './merging/dot.ts'
import { Maximum, maximum } from './merging/maximum.ts'
import { Minimum, minimum } from './merging/minimum.ts'
import { Multiply, multiply } from './merging/multiply.ts'
import { Subtract, subtract } from './merging/subtract.ts'
import { BatchNormalization, batchNormalization } from './normalization/batch-normalization.ts'
import { LayerNormalization, layerNormalization } from './normalization/layer-normalization.ts'
import { AveragePooling1D, averagePooling1d } from './pooling/average-pooling1d.ts'
import { AveragePooling2D, averagePooling2d } from './pooling/average-pooling2d.ts'
import { AveragePooling3D, averagePooling3d } from './pooling/average-pooling3d.ts'
import { GlobalAveragePooling1D, globalAveragePooling1d } from './pooling/global-average-pooling1d.ts'
import { GlobalAveragePooling2D, globalAveragePooling2d } from './pooling/global-average-pooling2d.ts'
import { GlobalAveragePooling3D, globalAveragePooling3d } from './pooling/global-average-pooling3d.ts'
import { GlobalMaxPooling1D, globalMaxPooling1d } from './pooling/global-max-pooling1d.ts'
import { GlobalMaxPooling2D, globalMaxPooling2d } from './pooling/global-max-pooling2d.ts'
import { GlobalMaxPooling3D, globalMaxPooling3d } from './pooling/global-max-pooling3d.ts'
import { MaxPooling1D, maxPooling1d } from './pooling/max-pooling1d.ts'
import { MaxPooling2D, maxPooling2d } from './pooling/max-pooling2d.ts'
import { MaxPooling3D, maxPooling3d } from './pooling/max-pooling3d.ts'
import { GRU, gru } from './recurrent/gru.ts'
import { GRUCell, gruCell } from './recurrent/gru-cell.ts'
import { LSTM, lstm } from './recurrent/lstm.ts'
import { LSTMCell, lstmCell } from './recurrent/lstm-cell.ts'
import { RNN, rnn } from './recurrent/rnn.ts'
import { SimpleRNN, simpleRnn } from './recurrent/simple-rnn.ts'
import { SimpleRNNCell, simpleRnnCell } from './recurrent/simple-rnn-cell.ts'
import { StackedRNNCells, stackedRnnCells } from './recurrent/stacked-rnn-cells.ts'
import { ActivityRegularization, activityRegularization } from './regularization/activity-regularization.ts'
import { Dropout, dropout } from './regularization/dropout.ts'
import { SpatialDropout1D, spatialDropout1d } from './regularization/spatial-dropout1d.ts'
import { SpatialDropout2D, spatialDropout2d } from './regularization/spatial-dropout2d.ts'
import { SpatialDropout3D, spatialDropout3d } from './regularization/spatial-dropout3d.ts'
import { Flatten, flatten } from './reshaping/flatten.ts'
import { Permute, permute } from './reshaping/permute.ts'
import { RepeatVector, repeatVector } from './reshaping/repeat-vector.ts'
import { Reshape, reshape } from './reshaping/reshape.ts'
import { Bidirectional, bidirectional } from './wrappers/bidirectional.ts'
import { TimeDistributed, timeDistributed } from './wrappers/time-distributed.ts'

/** Makes layers: `layers.dense({ units: 64 })`. */
export const layers = {
  activation,
  activityRegularization,
  add,
  average,
  averagePooling1d,
  averagePooling2d,
  averagePooling3d,
  batchNormalization,
  bidirectional,
  concatenate,
  conv1d,
  conv2d,
  conv3d,
  dense,
  dot,
  dropout,
  embedding,
  flatten,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalAveragePooling3d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  globalMaxPooling3d,
  gru,
  gruCell,
  identity,
  lambda,
  layerNormalization,
  lstm,
  lstmCell,
  masking,
  maximum,
  maxPooling1d,
  maxPooling2d,
  maxPooling3d,
  minimum,
  multiply,
  permute,
  repeatVector,
  reshape,
  rnn,
  simpleRnn,
  simpleRnnCell,
  spatialDropout1d,
  spatialDropout2d,
  spatialDropout3d,
  stackedRnnCells,
  subtract,
  timeDistributed,
}

/** The classes that a config may name. */
export const layerClasses: readonly LayerClass[] = [
  Activation,
  ActivityRegularization,
  Add,
  Average,
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  BatchNormalization,
  Bidirectional,
  Concatenate,
  Conv1D,
  Conv2D,
  Conv3D,
  Dense,
  Dot,
  Dropout,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
  GRU,
  GRUCell,
  Identity,
  LayerNormalization,
  LSTM,
  LSTMCell,
  Masking,
  Maximum,
  MaxPooling1D,
  MaxPooling2D,
  MaxPooling3D,
  Minimum,
  Multiply,
  Permute,
  RepeatVector,
  Reshape,
  RNN,
  SimpleRNN,
  SimpleRNNCell,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
  StackedRNNCells,
  Subtract,
  TimeDistributed,
]

/** A layer that can be made from its config. */
export interface LayerClass {
  readonly className: string
  /** Of a layer of somebody's own: what Keras has it registered as, 'package>Name'; its className if nothing is said. */
  readonly registeredName?: string
  /** The options that are layers themselves, or lists of them. */
  readonly layerOptions?: readonly string[]
  new (options: never): Layer<unknown>
}
