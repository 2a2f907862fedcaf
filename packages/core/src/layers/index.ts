import type { Layer } from '../functional/layer.ts'
import { expectRecord } from '../options.ts'
import { ELU, elu } from './activation/elu.ts'
import { LeakyReLU, leakyReLU } from './activation/leaky-re-lu.ts'
import { PReLU, prelu } from './activation/p-re-lu.ts'
import { ReLU, reLU } from './activation/re-lu.ts'
import { Softmax, softmax } from './activation/softmax.ts'
import { MultiHeadAttention, multiHeadAttention } from './attention/multi-head-attention.ts'
import { Conv1D, conv1d } from './convolution/conv1d.ts'
import { Conv1DTranspose, conv1dTranspose } from './convolution/conv1d-transpose.ts'
import { Conv2D, conv2d } from './convolution/conv2d.ts'
import { Conv2DTranspose, conv2dTranspose } from './convolution/conv2d-transpose.ts'
import { Conv3D, conv3d } from './convolution/conv3d.ts'
import { Conv3DTranspose, conv3dTranspose } from './convolution/conv3d-transpose.ts'
import { DepthwiseConv1D, depthwiseConv1d } from './convolution/depthwise-conv1d.ts'
import { DepthwiseConv2D, depthwiseConv2d } from './convolution/depthwise-conv2d.ts'
import { SeparableConv1D, separableConv1d } from './convolution/separable-conv1d.ts'
import { SeparableConv2D, separableConv2d } from './convolution/separable-conv2d.ts'
import { Activation, activation } from './core/activation.ts'
import { Dense, dense } from './core/dense.ts'
import { EinsumDense, einsumDense } from './core/einsum-dense.ts'
import { Embedding, embedding } from './core/embedding.ts'
import { Identity, identity } from './core/identity.ts'
import { lambda } from './core/lambda.ts'
import { LayerScale, layerScale } from './core/layer-scale.ts'
import { Masking, masking } from './core/masking.ts'
import { Add, add } from './merging/add.ts'
import { Average, average } from './merging/average.ts'
import { Concatenate, concatenate } from './merging/concatenate.ts'
import { CustomScaleLayer, customScaleLayer } from './merging/custom-scale-layer.ts'
import { Dot, dot } from './merging/dot.ts'
import { Maximum, maximum } from './merging/maximum.ts'
import { Minimum, minimum } from './merging/minimum.ts'
import { Multiply, multiply } from './merging/multiply.ts'
import { Subtract, subtract } from './merging/subtract.ts'
import { BatchNormalization, batchNormalization } from './normalization/batch-normalization.ts'
import { GroupNormalization, groupNormalization } from './normalization/group-normalization.ts'
import { LayerNormalization, layerNormalization } from './normalization/layer-normalization.ts'
import { RMSNormalization, rmsNormalization } from './normalization/rms-normalization.ts'
import { UnitNormalization, unitNormalization } from './normalization/unit-normalization.ts'
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
import { Normalization, normalization } from './preprocessing/normalization.ts'
import { Rescaling, rescaling } from './preprocessing/rescaling.ts'
import { GRU, gru } from './recurrent/gru.ts'
import { GRUCell, gruCell } from './recurrent/gru-cell.ts'
import { LSTM, lstm } from './recurrent/lstm.ts'
import { LSTMCell, lstmCell } from './recurrent/lstm-cell.ts'
import { RNN, rnn } from './recurrent/rnn.ts'
import { SimpleRNN, simpleRnn } from './recurrent/simple-rnn.ts'
import { SimpleRNNCell, simpleRnnCell } from './recurrent/simple-rnn-cell.ts'
import { StackedRNNCells, stackedRnnCells } from './recurrent/stacked-rnn-cells.ts'
import { ActivityRegularization, activityRegularization } from './regularization/activity-regularization.ts'
import { AlphaDropout, alphaDropout } from './regularization/alpha-dropout.ts'
import { Dropout, dropout } from './regularization/dropout.ts'
import { GaussianDropout, gaussianDropout } from './regularization/gaussian-dropout.ts'
import { GaussianNoise, gaussianNoise } from './regularization/gaussian-noise.ts'
import { SpatialDropout1D, spatialDropout1d } from './regularization/spatial-dropout1d.ts'
import { SpatialDropout2D, spatialDropout2d } from './regularization/spatial-dropout2d.ts'
import { SpatialDropout3D, spatialDropout3d } from './regularization/spatial-dropout3d.ts'
import { Cropping1D, cropping1d } from './reshaping/cropping1d.ts'
import { Cropping2D, cropping2d } from './reshaping/cropping2d.ts'
import { Cropping3D, cropping3d } from './reshaping/cropping3d.ts'
import { Flatten, flatten } from './reshaping/flatten.ts'
import { Permute, permute } from './reshaping/permute.ts'
import { RepeatVector, repeatVector } from './reshaping/repeat-vector.ts'
import { Reshape, reshape } from './reshaping/reshape.ts'
import { UpSampling1D, upSampling1d } from './reshaping/up-sampling1d.ts'
import { UpSampling2D, upSampling2d } from './reshaping/up-sampling2d.ts'
import { UpSampling3D, upSampling3d } from './reshaping/up-sampling3d.ts'
import { ZeroPadding1D, zeroPadding1d } from './reshaping/zero-padding1d.ts'
import { ZeroPadding2D, zeroPadding2d } from './reshaping/zero-padding2d.ts'
import { ZeroPadding3D, zeroPadding3d } from './reshaping/zero-padding3d.ts'
import { Bidirectional, bidirectional } from './wrappers/bidirectional.ts'
import { TimeDistributed, timeDistributed } from './wrappers/time-distributed.ts'

/** Factories whose layers know each option that they are given. @throws ConfigError for an option that a layer does not know */
function withKnownOptions<T extends Readonly<Record<string, (...given: never[]) => Layer<unknown>>>>(
  factories: T,
): T {
  const checked = Object.entries(factories).map(([name, factory]) => [
    name,
    (...given: never[]) => {
      const [options] = given as readonly unknown[]
      if (options === null || (options === undefined ? factory.length > 0 : typeof options === 'object'))
        expectRecord(name, options)
      const layer = factory(...given)
      layer.expectKnownOptions()
      return layer
    },
  ])
  return Object.fromEntries(checked) as T
}

/** Makes layers: `layers.dense({ units: 64 })`. */
export const layers = withKnownOptions({
  activation,
  activityRegularization,
  add,
  alphaDropout,
  average,
  averagePooling1d,
  averagePooling2d,
  averagePooling3d,
  batchNormalization,
  bidirectional,
  concatenate,
  conv1d,
  conv1dTranspose,
  conv2d,
  conv2dTranspose,
  conv3d,
  conv3dTranspose,
  cropping1d,
  cropping2d,
  cropping3d,
  customScaleLayer,
  dense,
  depthwiseConv1d,
  depthwiseConv2d,
  dot,
  dropout,
  einsumDense,
  elu,
  embedding,
  flatten,
  gaussianDropout,
  gaussianNoise,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalAveragePooling3d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  globalMaxPooling3d,
  groupNormalization,
  gru,
  gruCell,
  identity,
  lambda,
  layerNormalization,
  layerScale,
  leakyReLU,
  lstm,
  lstmCell,
  masking,
  maximum,
  maxPooling1d,
  maxPooling2d,
  maxPooling3d,
  minimum,
  multiHeadAttention,
  multiply,
  normalization,
  permute,
  prelu,
  reLU,
  repeatVector,
  rescaling,
  reshape,
  rmsNormalization,
  rnn,
  separableConv1d,
  separableConv2d,
  simpleRnn,
  simpleRnnCell,
  softmax,
  spatialDropout1d,
  spatialDropout2d,
  spatialDropout3d,
  stackedRnnCells,
  subtract,
  timeDistributed,
  unitNormalization,
  upSampling1d,
  upSampling2d,
  upSampling3d,
  zeroPadding1d,
  zeroPadding2d,
  zeroPadding3d,
})

/** The classes that a config may name. */
export const layerClasses: readonly LayerClass[] = [
  Activation,
  ActivityRegularization,
  Add,
  AlphaDropout,
  Average,
  AveragePooling1D,
  AveragePooling2D,
  AveragePooling3D,
  BatchNormalization,
  Bidirectional,
  Concatenate,
  Conv1D,
  Conv1DTranspose,
  Conv2D,
  Conv2DTranspose,
  Conv3D,
  Conv3DTranspose,
  Cropping1D,
  Cropping2D,
  Cropping3D,
  CustomScaleLayer,
  Dense,
  DepthwiseConv1D,
  DepthwiseConv2D,
  Dot,
  Dropout,
  EinsumDense,
  ELU,
  Embedding,
  Flatten,
  GaussianDropout,
  GaussianNoise,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalAveragePooling3D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GlobalMaxPooling3D,
  GroupNormalization,
  GRU,
  GRUCell,
  Identity,
  LayerNormalization,
  LayerScale,
  LeakyReLU,
  LSTM,
  LSTMCell,
  Masking,
  Maximum,
  MaxPooling1D,
  MaxPooling2D,
  MaxPooling3D,
  Minimum,
  MultiHeadAttention,
  Multiply,
  Normalization,
  Permute,
  PReLU,
  ReLU,
  RepeatVector,
  Rescaling,
  Reshape,
  RMSNormalization,
  RNN,
  SeparableConv1D,
  SeparableConv2D,
  SimpleRNN,
  SimpleRNNCell,
  Softmax,
  SpatialDropout1D,
  SpatialDropout2D,
  SpatialDropout3D,
  StackedRNNCells,
  Subtract,
  TimeDistributed,
  UnitNormalization,
  UpSampling1D,
  UpSampling2D,
  UpSampling3D,
  ZeroPadding1D,
  ZeroPadding2D,
  ZeroPadding3D,
]

/** A layer that can be made from its config. */
export interface LayerClass {
  readonly className: string
  /** The module in which Keras has it, by default keras.layers. */
  readonly module?: string
  /** Of a layer of somebody's own: what Keras has it registered as, 'package>Name'; its className if nothing is said. */
  readonly registeredName?: string
  /** The options that are layers themselves, or lists of them. */
  readonly layerOptions?: readonly string[]
  /** The options that Keras says at each call. */
  readonly callSettings?: readonly string[]
  new (options: never): Layer<unknown>
}
