// What tfjs-layers 4.22 knows: classes of layers, their options as Keras writes them, and functions.

export interface Known {
  /** Options that mean the same there. */
  readonly takes: readonly string[]
  /** Options that it has not, and what it does without them. */
  readonly fixed?: Readonly<Record<string, unknown>>
  /** Options that say nothing there, as long as no mask goes in. */
  readonly silent?: readonly string[]
  /** A value of `padding` that it has not. */
  readonly noPadding?: string
  /** Options of another name there. */
  readonly renamed?: Readonly<Record<string, string>>
  /** Weights of another name there. */
  readonly weights?: Readonly<Record<string, string>>
  /** Whether a mask goes in there, with the same outcome as here. */
  readonly masked?: true
}

const weight = (name: string): readonly string[] =>
  ['initializer', 'regularizer', 'constraint'].map((rule) => `${name}_${rule}`)

const kernels = ['use_bias', ...weight('kernel'), ...weight('bias')]
const conv = ['kernel_size', 'strides', 'padding', 'data_format', 'activation', 'use_bias', ...weight('bias')]
const plainConv: Known = {
  takes: ['filters', ...conv, 'dilation_rate', ...weight('kernel')],
  fixed: { groups: 1 },
}
const transposed = (rank: number): Known => ({
  takes: ['filters', ...conv, ...weight('kernel')],
  fixed: { output_padding: null, dilation_rate: Array(rank).fill(1) },
})
const pooling: Known = { takes: ['pool_size', 'strides', 'padding', 'data_format'] }
const globalPooling: Known = { takes: ['data_format'], fixed: { keepdims: false } }
const nothing: Known = { takes: [] }
const noise = (option: string): Known => ({
  takes: [option],
  fixed: { seed: null, noise_shape: null },
  masked: true,
})

const recurrentOptions = ['return_sequences', 'return_state', 'go_backwards', 'stateful', 'unroll']
const simpleCell: Known = {
  takes: ['units', 'activation', ...kernels, ...weight('recurrent'), 'dropout', 'recurrent_dropout'],
  fixed: { seed: null },
}
const lstmCell: Known = {
  ...simpleCell,
  takes: [...simpleCell.takes, 'recurrent_activation', 'unit_forget_bias'],
}
const gruCell: Known = {
  takes: [...simpleCell.takes, 'recurrent_activation', 'reset_after'],
  fixed: { ...simpleCell.fixed, reset_after: false },
}
const recurrent = (cell: Known): Known => ({
  takes: [...recurrentOptions, ...cell.takes],
  ...(cell.fixed && { fixed: cell.fixed }),
  silent: ['zero_output_for_mask'],
  masked: true,
})

/** By class. */
export const LAYERS: Readonly<Record<string, Known>> = {
  Activation: { takes: ['activation'], masked: true },
  Add: nothing,
  AlphaDropout: noise('rate'),
  Average: nothing,
  AveragePooling1D: pooling,
  AveragePooling2D: pooling,
  AveragePooling3D: pooling,
  BatchNormalization: {
    takes: [
      ...['axis', 'momentum', 'epsilon', 'center', 'scale', ...weight('beta'), ...weight('gamma')],
      ...['moving_mean_initializer', 'moving_variance_initializer'],
    ],
    masked: true,
  },
  Bidirectional: { takes: ['layer', 'merge_mode'] },
  Concatenate: { takes: ['axis'] },
  Conv1D: { ...plainConv, noPadding: 'causal' },
  Conv2D: plainConv,
  Conv2DTranspose: transposed(2),
  Conv3D: {
    takes: plainConv.takes,
    fixed: { ...plainConv.fixed, dilation_rate: [1, 1, 1] },
  },
  Conv3DTranspose: transposed(3),
  Cropping2D: { takes: ['cropping', 'data_format'] },
  Dense: { takes: ['units', 'activation', ...kernels], masked: true },
  DepthwiseConv2D: {
    takes: [...conv, 'dilation_rate', 'depth_multiplier', ...weight('depthwise')],
    weights: { kernel: 'depthwise_kernel' },
  },
  Dot: { takes: ['axes', 'normalize'] },
  Dropout: noise('rate'),
  ELU: { takes: ['alpha'], fixed: { alpha: 1 } },
  Embedding: { takes: ['input_dim', 'output_dim', 'mask_zero', ...weight('embeddings')], masked: true },
  Flatten: { takes: ['data_format'] },
  GaussianDropout: noise('rate'),
  GaussianNoise: noise('stddev'),
  GlobalAveragePooling1D: globalPooling,
  GlobalAveragePooling2D: globalPooling,
  GlobalMaxPooling1D: globalPooling,
  GlobalMaxPooling2D: globalPooling,
  GRU: recurrent(gruCell),
  GRUCell: gruCell,
  LayerNormalization: {
    takes: [
      ...['axis', 'epsilon', 'center', 'scale', 'beta_initializer', 'beta_regularizer'],
      ...['gamma_initializer', 'gamma_regularizer'],
    ],
    fixed: { beta_constraint: null, gamma_constraint: null, rms_scaling: false },
    masked: true,
  },
  LeakyReLU: { takes: ['negative_slope'], renamed: { negative_slope: 'alpha' } },
  LSTM: recurrent(lstmCell),
  LSTMCell: lstmCell,
  Masking: { takes: ['mask_value'], masked: true },
  Maximum: nothing,
  MaxPooling1D: pooling,
  MaxPooling2D: pooling,
  MaxPooling3D: pooling,
  Minimum: nothing,
  Multiply: nothing,
  Permute: { takes: ['dims'] },
  PReLU: { takes: [...weight('alpha'), 'shared_axes'], masked: true },
  ReLU: { takes: ['max_value'], fixed: { negative_slope: 0, threshold: 0 }, masked: true },
  RepeatVector: { takes: ['n'] },
  Rescaling: { takes: ['scale', 'offset'] },
  Reshape: { takes: ['target_shape'] },
  RNN: { takes: [...recurrentOptions, 'cell'], silent: ['zero_output_for_mask'] },
  SeparableConv2D: {
    takes: [
      ...['filters', ...conv, 'dilation_rate', 'depth_multiplier'],
      ...[...weight('depthwise'), ...weight('pointwise')],
    ],
  },
  SimpleRNN: recurrent(simpleCell),
  SimpleRNNCell: simpleCell,
  Softmax: { takes: ['axis'], fixed: { axis: -1 } },
  SpatialDropout1D: { takes: ['rate'], fixed: { seed: null } },
  StackedRNNCells: { takes: ['cells'] },
  TimeDistributed: { takes: ['layer'], masked: true },
  UpSampling2D: { takes: ['size', 'data_format', 'interpolation'], fixed: { interpolation: 'nearest' } },
  ZeroPadding2D: { takes: ['padding', 'data_format'] },
}

/** The functions that are the same there, by the names that Keras has for them. */
export const ACTIVATIONS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['elu', 'gelu', 'linear', 'log_softmax', 'relu', 'relu6', 'selu', 'sigmoid'].map((name) => [name, name]),
  ),
  ...Object.fromEntries(['softmax', 'softplus', 'softsign', 'tanh'].map((name) => [name, name])),
  silu: 'swish',
}

/** Initializers, regularizers and constraints, by class: the class there, and the options that it needs beside its own. */
export const RULES: Readonly<Record<string, readonly [string, Readonly<Record<string, unknown>>?]>> = {
  ...Object.fromEntries(
    [
      ...['Constant', 'GlorotNormal', 'GlorotUniform', 'HeNormal', 'HeUniform', 'Identity', 'Ones', 'Zeros'],
      ...['Orthogonal', 'RandomNormal', 'RandomUniform', 'TruncatedNormal', 'VarianceScaling'],
      ...['L1L2', 'MaxNorm', 'MinMaxNorm', 'NonNeg', 'UnitNorm'],
    ].map((name) => [name, [name] as const]),
  ),
  L1: ['L1L2', { l2: 0 }],
  L2: ['L1L2', { l1: 0 }],
  LecunNormal: ['LeCunNormal'],
  LecunUniform: ['LeCunUniform'],
}

/** The name of the layer that a layer of two directions was made of. */
export const withoutDirection = (name: string): string => name.replace(/^forward_/, '')
