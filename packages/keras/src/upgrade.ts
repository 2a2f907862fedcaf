import type { CompileConfig, LayerConfig, ModelConfig } from '@fn/core'
import { KerasFileError } from './errors.ts'

// Configs of Keras 2, of HDF5 files of Keras 3 and of tfjs-layers, in the words of Keras 3.

type Config = Readonly<Record<string, unknown>>

/** Classes that count a call of their own, from their own inputs, before those in a graph. */
const MODELS: readonly string[] = ['Functional', 'Model', 'Sequential']

/** Options without a meaning here. */
const SILENT: readonly string[] = [
  'adjustment',
  'batch_input_shape',
  'fused',
  'implementation',
  'input_dtype',
  'input_length',
  'rank',
  'time_major',
  'virtual_batch_size',
]

const isRecord = (value: unknown): value is Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws KerasFileError for what is no config of a model */
export function upgradeModel(config: unknown): ModelConfig {
  if (!isRecord(config) || typeof config.class_name !== 'string')
    throw new KerasFileError(
      `Expected the config of a model. Received: ${JSON.stringify(config)?.slice(0, 80)}.`,
    )
  const { class_name } = config
  // Keras 1 wrote the layers of a sequential model alone.
  const own = Array.isArray(config.config) ? { layers: config.config } : config.config
  return upgradeLayer({ class_name, config: own })
}

function upgradeLayer(layer: Config): LayerConfig {
  const { config } = layer
  // Registered classes stand in older files as `package>Class`.
  const class_name = String(layer.class_name).replace(/^.*>/, '')
  if (!isRecord(config))
    throw new KerasFileError(
      `${class_name}: expected its options. Received: ${JSON.stringify(config)?.slice(0, 80)}.`,
    )
  if (class_name === 'Functional' || class_name === 'Model')
    return { ...layer, class_name: 'Functional', config: functional(config) } as LayerConfig
  const upgraded = { ...layer, class_name, config: optionsOf(class_name, config) } as LayerConfig
  // HDF5 files of Keras 3 do not say of operations on tensors where they come from; layers say what they are made of.
  const isOperation =
    class_name !== 'InputLayer' && !('trainable' in config || 'dtype' in config || 'layers' in config)
  if (isOperation && isRecord([layer.inbound_nodes].flat()[0]))
    return { ...upgraded, module: 'keras.src.ops.' }
  return upgraded
}

/** A name that meant another function in Keras 1 and 2, and in tfjs-layers: the one that it meant. */
export const legacyActivation = (name: unknown): unknown =>
  name === 'hard_sigmoid' || name === 'hardSigmoid' ? 'legacy_hard_sigmoid' : name

const isLayer = (value: unknown): value is Config =>
  isRecord(value) && typeof value.class_name === 'string' && isRecord(value.config) && 'name' in value.config

function optionsOf(className: string, config: Config): Config {
  const entries = Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
    if (className === 'InputLayer' && key === 'batch_input_shape') return [['batch_shape', value]]
    if (SILENT.includes(key) || (key === 'input_dim' && className !== 'Embedding')) return []
    if (key.endsWith('activation')) return [[key, legacyActivation(value)]]
    // Options of the convolution that these classes extend there, which they do not read.
    if (key.startsWith('kernel_') && key !== 'kernel_size' && /Depthwise|Separable/.test(className)) return []
    // One group is all that these have here, and all that older files say of them.
    if (key === 'groups' && value === 1 && /Transpose|Depthwise|Separable/.test(className)) return []
    if (className === 'LeakyReLU' && key === 'alpha') return [['negative_slope', Number(value)]]
    if (className === 'BatchNormalization' && key === 'axis' && Array.isArray(value)) return [[key, value[0]]]
    if (key === 'layers' && Array.isArray(value)) {
      const layers = className === 'Sequential' ? withInput(value) : value
      return [[key, layers.map((one) => upgradeLayer(one as Config))]]
    }
    if (isLayer(value)) return [[key, upgradeLayer(value)]]
    if (Array.isArray(value) && value.some(isLayer))
      return [[key, value.map((one) => (isLayer(one) ? upgradeLayer(one) : one))]]
    return [[key, value]]
  })
  return Object.fromEntries(entries)
}

/** The layers of a sequential model, from an input on: older ones have it as an option of their first layer. */
function withInput(layers: readonly unknown[]): readonly unknown[] {
  const [first] = layers as readonly { class_name?: unknown; config?: Config }[]
  const { name, batch_input_shape } = first?.config ?? {}
  if (first?.class_name === 'InputLayer' || !Array.isArray(batch_input_shape)) return layers
  const dtype = first?.class_name === 'Embedding' ? 'int32' : 'float32'
  const config = { name: `${name}_input`, batch_input_shape, dtype }
  return [{ class_name: 'InputLayer', config }, ...layers]
}

/** The nodes of a graph: [[[layer, node, tensor, options], …], …] for each layer. */
function functional(config: Config): Config {
  const { layers } = config
  if (!Array.isArray(layers)) throw new KerasFileError('Functional: expected a list of layers.')
  const classes = new Map(layers.map((layer: Config) => [layer.name, String(layer.class_name)]))
  const isOld = layers.some((layer: Config) => [layer.inbound_nodes].flat().some(Array.isArray))
  const reference = (what: unknown): readonly [unknown, number, unknown] => {
    const [name, node, tensor] = what as readonly [unknown, number, unknown]
    const own = MODELS.includes(classes.get(name) ?? '') ? 1 : 0
    return [name, isOld ? Math.max(node - own, 0) : node, tensor]
  }
  const tensorOf = (what: unknown): unknown => ({
    class_name: '__keras_tensor__',
    config: { shape: [], dtype: 'float32', keras_history: reference(what) },
  })
  const node = (entry: unknown): unknown => {
    if (!Array.isArray(entry)) return entry
    const inputs = entry.map(tensorOf)
    const options = entry
      .map((one: readonly unknown[]) => one[3])
      .find((one) => isRecord(one) && Object.keys(one).length > 0)
    return { args: inputs.length === 1 ? inputs : [inputs], kwargs: options ?? {} }
  }
  /** At its edges Keras 3 counts that call too, of functional models alone. */
  const edge = (what: unknown): unknown => {
    if (!Array.isArray(what) || typeof what[0] !== 'string' || !isOld) return what
    const [name, at, tensor] = reference(what)
    return [
      name,
      classes.get(name) === 'Sequential' || !MODELS.includes(classes.get(name) ?? '') ? at : at + 1,
      tensor,
    ]
  }
  const edges = (what: unknown): unknown => {
    // One alone has no list around it in Keras 3.
    if (!isOld || !Array.isArray(what)) return what
    if (typeof what[0] === 'string') return edge(what)
    return what.length === 1 ? edge(what[0]) : what.map(edge)
  }
  return {
    name: config.name,
    ...(config.trainable !== undefined && { trainable: config.trainable }),
    layers: layers.map((layer: Config) => {
      const upgraded = upgradeLayer(layer)
      const { name } = layer
      // In the HDF5 file the name stands beside the options of a layer as well.
      const options = { ...upgraded.config, name: upgraded.config.name ?? name }
      const { batch_shape, ...rest } = options as Config
      const own = layer.class_name === 'InputLayer' ? options : rest
      return { ...upgraded, config: own, inbound_nodes: [layer.inbound_nodes ?? []].flat().map(node) }
    }),
    input_layers: edges(config.input_layers),
    output_layers: edges(config.output_layers),
  }
}

/** How a model was compiled; undefined where nothing is said. */
export function upgradeCompile(training: unknown): CompileConfig | undefined {
  if (!isRecord(training) || !isRecord(training.optimizer_config)) return undefined
  const { class_name, config } = training.optimizer_config as { class_name: string; config?: Config }
  const entries = Object.entries(config ?? {}).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'lr') return [['learning_rate', value]]
    if (['is_legacy_optimizer', 'jit_compile', 'name'].includes(key) || (key === 'decay' && !value)) return []
    return [[key, value]]
  })
  const { loss = null, loss_weights = null, metrics = null, weighted_metrics = null } = training
  return {
    optimizer: { class_name, config: Object.fromEntries(entries) },
    loss,
    loss_weights,
    metrics,
    weighted_metrics,
  } as CompileConfig
}
