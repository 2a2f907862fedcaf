// Options of layers of Keras 1 and 2 in the words of Keras 3. A name that means another thing in Keras 3 is replaced, never kept.

type Config = Readonly<Record<string, unknown>>

/** Classes of Keras 1 and 2 that have other names in Keras 3. */
const CLASSES: Readonly<Record<string, string>> = {
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
  SyncBatchNormalization: 'BatchNormalization',
  Convolution1D: 'Conv1D',
  Convolution2D: 'Conv2D',
  Convolution3D: 'Conv3D',
  AtrousConvolution1D: 'Conv1D',
  AtrousConvolution2D: 'Conv2D',
  SeparableConvolution2D: 'SeparableConv2D',
  Deconvolution2D: 'Conv2DTranspose',
  ThresholdedReLU: 'ReLU',
}

/** The name in Keras 3 of a class of layers. */
export const className = (name: string): string => renamed(CLASSES, name)

/** A name by a table, or itself. Files may hold any name, also `constructor`. */
function renamed(table: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(table, name) ? table[name]! : name
}

/** Options of Keras 1, by what they are called since Keras 2. */
const RENAMED: Readonly<Record<string, string>> = {
  nb_filter: 'filters',
  subsample: 'strides',
  subsample_length: 'strides',
  stride: 'strides',
  border_mode: 'padding',
  dim_ordering: 'data_format',
  filter_length: 'kernel_size',
  pool_length: 'pool_size',
  atrous_rate: 'dilation_rate',
  init: 'kernel_initializer',
  inner_init: 'recurrent_initializer',
  inner_activation: 'recurrent_activation',
  W_regularizer: 'kernel_regularizer',
  U_regularizer: 'recurrent_regularizer',
  b_regularizer: 'bias_regularizer',
  W_constraint: 'kernel_constraint',
  U_constraint: 'recurrent_constraint',
  b_constraint: 'bias_constraint',
  dropout_W: 'dropout',
  dropout_U: 'recurrent_dropout',
  beta_init: 'beta_initializer',
  gamma_init: 'gamma_initializer',
  bias: 'use_bias',
  p: 'rate',
  sigma: 'stddev',
}

/** Options of Keras 1 without a meaning here. */
const DROPPED: readonly string[] = ['consume_less', 'weights', 'input_dtype']

const UNITS: readonly string[] = ['Dense', 'LSTM', 'GRU', 'SimpleRNN']

const isRecord = (value: unknown): value is Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The options of a layer with the names of Keras 2. */
export function renamedOptions(name: string, config: Config): Config {
  const { nb_row, nb_col, kernel_dim1, kernel_dim2, kernel_dim3, ...others } = config
  const sizes = [nb_row, nb_col, kernel_dim1, kernel_dim2, kernel_dim3].filter((size) => size !== undefined)
  const entries = Object.entries(others).flatMap(([key, value]): [string, unknown][] => {
    if (name === 'Embedding') {
      if (key === 'init') return [['embeddings_initializer', value]]
      if (key === 'W_regularizer') return [['embeddings_regularizer', weightRule(value)]]
      if (key === 'W_constraint') return [['embeddings_constraint', weightRule(value)]]
      if (key === 'dropout' && value === 0) return []
    }
    if (DROPPED.includes(key)) return []
    if (key === 'output_dim' && UNITS.includes(name)) return [['units', value]]
    if (key === 'length' && name === 'UpSampling1D') return [['size', value]]
    if (key === 'forget_bias_init') return [['unit_forget_bias', value === 'one']]
    if (key === 'mode' && name === 'BatchNormalization' && value === 0) return []
    if (key === 'dim_ordering') return [['data_format', value === 'th' ? 'channels_first' : 'channels_last']]
    if (key === 'theta' && name === 'ReLU') return [['threshold', numberOf(value)]]
    if (!Object.hasOwn(RENAMED, key)) return [[key, value]]
    return [[RENAMED[key]!, /regularizer|constraint/.test(key) ? weightRule(value) : value]]
  })
  return { ...Object.fromEntries(entries), ...(sizes.length > 0 && { kernel_size: sizes }) }
}

/** Keras 1 wrote regularizers and constraints with their name among their options. */
function weightRule(value: unknown): unknown {
  if (!isRecord(value) || typeof value.name !== 'string') return value
  const { name, m, ...own } = value
  if (name === 'maxnorm') return { class_name: 'MaxNorm', config: { max_value: m, ...own } }
  if (name === 'nonneg') return { class_name: 'NonNeg', config: {} }
  if (name === 'unitnorm') return { class_name: 'UnitNorm', config: own }
  if (/^(WeightRegularizer|ActivityRegularizer|L1L2)/.test(name)) return { class_name: 'L1L2', config: own }
  return { class_name: name, config: own }
}

/** Numbers of NumPy stand in some files with their type around them. */
export const numberOf = (value: unknown): unknown =>
  isRecord(value) && 'value' in value ? value.value : value

/** Names of activations that Keras 3 has given to other functions, or spells in another way. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  // min(max(0.2x + 0.5, 0), 1); in Keras 3 the name stands for min(max(x + 3, 0), 6) / 6.
  hard_sigmoid: 'legacy_hard_sigmoid',
  hardSigmoid: 'legacy_hard_sigmoid',
  swish: 'silu',
}

/** The activation that an option of Keras 1 or 2, or of TensorFlow.js, stands for. */
export const legacyActivation = (value: unknown): unknown =>
  typeof value === 'string' ? renamed(ACTIVATIONS, value) : value

/** Classes and names of initializers that Keras 3 spells in another way; `normal` and `uniform` are Keras 1's. */
const INITIALIZERS: Readonly<Record<string, string>> = {
  OrthogonalInitializer: 'Orthogonal',
  IdentityInitializer: 'Identity',
  normal: 'RandomNormal',
  uniform: 'RandomUniform',
  zero: 'Zeros',
  one: 'Ones',
}

/** An initializer by its name in the latest version of Keras 3. */
export function renamedInitializer(value: unknown): unknown {
  if (typeof value === 'string') return renamed(INITIALIZERS, value)
  if (!isRecord(value) || typeof value.class_name !== 'string') return value
  const config =
    isRecord(value.config) && value.config.distribution === 'normal'
      ? // Until Keras 2.2; it is a truncated one as well.
        { ...value.config, distribution: 'truncated_normal' }
      : value.config
  return { ...value, class_name: renamed(INITIALIZERS, value.class_name), config }
}

const MERGES: Readonly<Record<string, string>> = {
  sum: 'Add',
  mul: 'Multiply',
  ave: 'Average',
  max: 'Maximum',
  concat: 'Concatenate',
  dot: 'Dot',
  cos: 'Dot',
}

/** The layer of Keras 2 that a Merge of Keras 1 is; undefined if there is none. */
export function mergeLayer(
  config: Config,
): { readonly class_name: string; readonly config: Config } | undefined {
  const { name, trainable, mode, concat_axis = -1, dot_axes = -1 } = config
  const class_name = typeof mode === 'string' && Object.hasOwn(MERGES, mode) ? MERGES[mode] : undefined
  if (class_name === undefined) return undefined
  const own =
    class_name === 'Concatenate'
      ? { axis: concat_axis }
      : class_name === 'Dot'
        ? { axes: dot_axes, normalize: mode === 'cos' }
        : {}
  return { class_name, config: { name, trainable: trainable ?? true, ...own } }
}
