import type { CompileConfig, LayerConfig, ModelConfig } from '@fn/core'
import { KerasFileError } from './errors.ts'
import {
  className,
  legacyActivation,
  mergeLayer,
  numberOf,
  renamedInitializer,
  renamedOptions,
} from './legacy-options.ts'
import { Expression, operationsOf, operatorOf, type TensorConfig } from './tensorflow-operations.ts'

// Configs of Keras 2, of HDF5 files of Keras 3 and of tfjs-layers, in the words of Keras 3.

type Config = Readonly<Record<string, unknown>>

/** Classes that count a call of their own, from their own inputs, before those in a graph. */
const MODELS: readonly string[] = ['Functional', 'Model', 'Sequential']

/** Options without a meaning here. */
const SILENT: readonly string[] = [
  'batch_input_shape',
  'fused',
  'implementation',
  'input_dtype',
  'input_length',
  // Of attention, which takes them from its inputs.
  'key_shape',
  'query_shape',
  'rank',
  'value_shape',
]

/** Options without a meaning here as long as they have this value. */
const USUAL: Readonly<Record<string, unknown>> = {
  adjustment: null,
  time_major: false,
  virtual_batch_size: null,
  experimental_run_tf_function: true,
  jit_compile: false,
  softmax_robust_masking: false,
}

const isRecord = (value: unknown): value is Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** True for a version before Keras 3; files without one are older. */
export const isBeforeKeras3 = (version: unknown): boolean =>
  typeof version !== 'string' || Number.parseInt(version, 10) < 3

/**
 * The config of a model in the words of Keras 3. `version` is the version of Keras that wrote it; without one, and for
 * TensorFlow.js, names have the meaning that they have in Keras 2.
 *
 * @throws KerasFileError for what is no config of a model
 */
export function upgradeModel(config: unknown, version?: string): ModelConfig {
  if (!isRecord(config) || typeof config.class_name !== 'string')
    throw new KerasFileError(
      `Expected the config of a model. Received: ${JSON.stringify(config)?.slice(0, 80)}.`,
    )
  const { class_name } = config
  // Keras 1 wrote the layers of a sequential model alone.
  const own = Array.isArray(config.config) ? { layers: config.config } : config.config
  return upgradeLayer({ class_name, config: own }, isBeforeKeras3(version))
}

/** Options of layers that wrap other ones, for which a missing one means another thing than in Keras 3. */
const MISSING: Readonly<Record<string, Config>> = {
  // It came with Keras 2.1.
  GRU: { reset_after: false },
  GRUCell: { reset_after: false },
}

function upgradeLayer(layer: Config, isOld: boolean): LayerConfig {
  if (!isRecord(layer) || !isRecord(layer.config))
    throw new KerasFileError(
      `${isRecord(layer) ? layer.class_name : 'A layer'}: expected its options. Received: ${JSON.stringify(isRecord(layer) ? layer.config : layer)?.slice(0, 80)}.`,
    )
  const { config } = layer
  // Registered classes stand in older files as `package>Class`.
  const name = String(layer.class_name).replace(/^.*>/, '')
  const class_name = isOld ? className(name) : name
  if (class_name === 'Functional' || class_name === 'Model')
    return { ...layer, class_name: 'Functional', config: functional(config, isOld) } as LayerConfig
  if (class_name === 'Merge' && isOld) {
    const merged = mergeLayer(config)
    if (merged === undefined || 'layers' in config)
      throw new KerasFileError(
        `Merge "${config.name}": only a Merge of Keras 1 in a functional model, with a named mode, is supported. Received: mode ${JSON.stringify(config.mode)}.`,
      )
    return { ...layer, ...merged }
  }
  const options = optionsOf(class_name, isOld ? renamedOptions(class_name, config) : config, isOld)
  const missing = isOld ? MISSING[class_name] : undefined
  const upgraded = { ...layer, class_name, config: { ...missing, ...options } } as LayerConfig
  // HDF5 files of Keras 3 do not say of operations on tensors where they come from. Layers say whether they train, except
  // for these.
  const isOperation =
    !/^(InputLayer|SpatialDropout.*)$/.test(class_name) && !('trainable' in config || 'layers' in config)
  if (isOperation && isRecord([layer.inbound_nodes].flat()[0]))
    return { ...upgraded, module: 'keras.src.ops.' }
  return upgraded
}

const isLayer = (value: unknown): value is Config =>
  isRecord(value) && typeof value.class_name === 'string' && isRecord(value.config) && 'name' in value.config

/** Classes for which Keras 2 writes groups, which they do not have. */
const GROUPLESS = /^(Depthwise|Separable)Conv|Conv\dDTranspose$/

function optionsOf(className: string, config: Config, isOld: boolean): Config {
  const entries = Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
    if (className === 'InputLayer' && key === 'batch_input_shape') return [['batch_shape', value]]
    if (SILENT.includes(key) || (key === 'input_dim' && className !== 'Embedding')) return []
    if (Object.hasOwn(USUAL, key) && USUAL[key] === value) return []
    if (key === 'groups' && value === 1 && GROUPLESS.test(className)) return []
    // Options of the convolution that these classes extend there, which they do not read.
    if (key.startsWith('kernel_') && key !== 'kernel_size' && /Depthwise|Separable/.test(className)) return []
    if (key.endsWith('activation')) return [[key, isOld ? legacyActivation(value) : value]]
    if (key.endsWith('_initializer')) return [[key, isOld ? renamedInitializer(value) : value]]
    if (className === 'LeakyReLU' && key === 'alpha') return [['negative_slope', Number(numberOf(value))]]
    if (className === 'BatchNormalization' && key === 'axis' && Array.isArray(value)) return [[key, value[0]]]
    if (key === 'layers' && Array.isArray(value)) {
      const layers = className === 'Sequential' ? withInput(value) : value
      return [[key, layers.map((one) => upgradeLayer(one as Config, isOld))]]
    }
    if (isLayer(value)) return [[key, upgradeLayer(value, isOld)]]
    if (Array.isArray(value) && value.some(isLayer))
      return [[key, value.map((one) => (isLayer(one) ? upgradeLayer(one, isOld) : one))]]
    return [[key, value]]
  })
  return Object.fromEntries(entries)
}

/** The layers of a sequential model, from an input on: older ones have it as an option of their first layer, or in it. */
function withInput(layers: readonly unknown[]): readonly unknown[] {
  const first = layers[0] as { class_name?: unknown; config?: Config } | undefined
  const { name, batch_input_shape } = first?.config ?? {}
  if (first?.class_name === 'InputLayer') return layers
  if (Array.isArray(batch_input_shape)) {
    const dtype = first?.class_name === 'Embedding' ? 'int32' : 'float32'
    const config = { name: `${name}_input`, batch_input_shape, dtype }
    return [{ class_name: 'InputLayer', config }, ...layers]
  }
  const input = inputOf(first)
  if (input === undefined) return layers
  const config = { ...input, name: `${name}_input` }
  return [{ class_name: 'InputLayer', config }, ...layers]
}

/** The options of the one input of a model; undefined for other layers. */
function inputOf(model: { class_name?: unknown; config?: Config } | undefined): Config | undefined {
  const { layers, input_layers } = model?.config ?? {}
  if (!Array.isArray(layers)) return undefined
  const name = [input_layers].flat(2)[0]
  const isInput = (one: Config): boolean =>
    one.class_name === 'InputLayer' && (name === undefined || one.name === name)
  const all = model?.class_name === 'Sequential' ? withInput(layers) : layers
  const input = (all as readonly Config[]).find(isInput)
  return input !== undefined && isRecord(input.config) ? input.config : undefined
}

/** Layers of Keras 2 that are calls of functions of TensorFlow. */
const CALLS: readonly string[] = ['TFOpLambda', 'SlicingOpLambda', 'TensorFlowOpLayer']

/** Where Keras 2 has a constant among the inputs of a call. */
const CONSTANT = '_CONSTANT_VALUE'

/** The nodes of a graph: [[[layer, node, tensor, options], …], …] for each layer. */
function functional(config: Config, isOldVersion: boolean): Config {
  const layers = config.layers as readonly Config[]
  if (!Array.isArray(layers) || !layers.every(isRecord))
    throw new KerasFileError('Functional: expected a list of layers.')
  const classes = new Map(layers.map((layer) => [layer.name, String(layer.class_name).replace(/^.*>/, '')]))
  const isOld = layers.some((layer) => [layer.inbound_nodes].flat().some(Array.isArray))
  const sizes = sizesIn(layers)
  const reference = (what: unknown): readonly [unknown, number, unknown] => {
    const [name, node, tensor] = what as readonly [unknown, number, unknown]
    const own = MODELS.includes(classes.get(name) ?? '') ? 1 : 0
    return [name, isOld ? Math.max(node - own, 0) : node, tensor]
  }
  const isReference = (what: unknown): what is readonly unknown[] =>
    Array.isArray(what) && Number.isInteger(what[1]) && (classes.has(what[0]) || what[0] === CONSTANT)
  /** References as tensors, wherever they stand in an argument. */
  const argument = (value: unknown): unknown => {
    if (isReference(value)) {
      if (value[0] === CONSTANT) return value[2]
      // The batch size among the sizes of a reshape, which follows from the others there.
      if (sizes.get(value[0]) === 0) return -1
      return tensorAt(...reference(value))
    }
    if (Array.isArray(value)) return value.map(argument)
    if (isRecord(value))
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, argument(entry)]))
    return value
  }
  const node = (entry: unknown): { readonly args: readonly unknown[]; readonly kwargs: Config } => {
    const isSingle = isReference(entry)
    const inputs = (isSingle ? [entry] : entry) as readonly unknown[]
    if (!inputs.every(isReference))
      throw new KerasFileError(
        `Functional "${config.name}": expected references to layers as the inputs of a call. Received: ${JSON.stringify(entry).slice(0, 120)}.`,
      )
    const args = inputs.map(argument)
    const options = inputs.map((one) => one[3]).find((one) => isRecord(one) && Object.keys(one).length > 0)
    return {
      args: args.length === 1 ? args : [args],
      kwargs: (argument(options) ?? {}) as Config,
    }
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
    if (!isOld) return what
    if (isRecord(what))
      return Object.fromEntries(Object.entries(what).map(([key, entry]) => [key, edge(entry)]))
    if (!Array.isArray(what)) return what
    if (typeof what[0] === 'string') return edge(what)
    return what.length === 1 ? edge(what[0]) : what.map(edge)
  }
  return {
    name: config.name,
    ...(config.trainable !== undefined && { trainable: config.trainable }),
    layers: layers.flatMap((layer) => {
      const nodes = [layer.inbound_nodes ?? []].flat()
      if (sizes.has(layer.name)) return []
      const className = classes.get(layer.name)!
      if (isOldVersion && CALLS.includes(className)) {
        if (nodes.length !== 1)
          throw new KerasFileError(
            `${className} "${layer.name}": expected one call. Received: ${nodes.length}.`,
          )
        return operationLayers(layer, className, nodes[0], node, isReference)
      }
      const upgraded = upgradeLayer(layer, isOldVersion)
      const { name } = layer
      // In the HDF5 file the name stands beside the options of a layer as well.
      const options = { ...upgraded.config, name: upgraded.config.name ?? name }
      const { batch_shape, ...rest } = options as Config
      const own = layer.class_name === 'InputLayer' ? options : rest
      return [
        {
          ...upgraded,
          config: own,
          inbound_nodes: nodes.map((entry) => (Array.isArray(entry) ? node(entry) : entry)),
        },
      ]
    }),
    input_layers: edges(config.input_layers),
    output_layers: edges(config.output_layers),
  }
}

const tensorAt = (name: unknown, node: number, tensor: unknown): TensorConfig => ({
  class_name: '__keras_tensor__',
  config: { shape: [], dtype: 'float32', keras_history: [name, node, tensor] },
})

/** The function that a layer calls, without its module. */
const functionOf = (layer: Config): string =>
  isRecord(layer.config) ? String(layer.config.function).replace(/^(compat\.v1|__operators__)\./, '') : ''

/** The layers of `tf.shape(x)` and of `tf.shape(x)[i]`, with i. */
function sizesIn(layers: readonly Config[]): ReadonlyMap<unknown, number | undefined> {
  const sizes = new Map<unknown, number | undefined>()
  for (const layer of layers) {
    const [call] = [layer.inbound_nodes ?? []].flat() as readonly unknown[]
    const [source, , , options] = Array.isArray(call) ? (call as readonly unknown[]) : []
    if (layer.class_name === 'TFOpLambda' && functionOf(layer) === 'shape') sizes.set(layer.name, undefined)
    const index = isRecord(options) ? options.slice_spec : undefined
    if (functionOf(layer) === 'getitem' && sizes.has(source) && typeof index === 'number')
      sizes.set(layer.name, index)
  }
  return sizes
}

/** The operations of Keras 3 that a call of TensorFlow consists of; the last one bears its name. */
function operationLayers(
  layer: Config,
  className: string,
  entry: unknown,
  node: (entry: unknown) => { readonly args: readonly unknown[]; readonly kwargs: Config },
  isReference: (what: unknown) => boolean,
): readonly Config[] {
  const label = `${className} "${layer.name}"`
  const config = layer.config as Config
  const list = Array.isArray(entry) && !isReference(entry)
  const { args, kwargs } = node(entry)
  const inputs = args.flat()
  const root =
    className === 'TensorFlowOpLayer'
      ? operatorOf(label, config, inputs)
      : operationsOf(label, String(config.function), list ? inputs : inputs[0], kwargs)
  const operations: Config[] = []
  const lowered = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(lowered)
    if (!(value instanceof Expression)) return value
    const args = value.args.map(lowered)
    const name = value === root ? layer.name : `${layer.name}.${operations.length + 1}`
    const [module, class_name] = value.kind.split('.')
    operations.push({
      module: `keras.src.ops.${module}`,
      class_name,
      config: { name, ...value.settings },
      name,
      inbound_nodes: [{ args, kwargs: {} }],
    })
    return tensorAt(name, 0, 0)
  }
  lowered(root)
  return operations
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
