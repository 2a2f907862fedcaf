import type { Activation } from '../activations/index.ts'
import { ConfigError, messageOf } from '../errors.ts'
import { InputLayer } from '../functional/input-layer.ts'
import type { InputDType } from '../functional/input-type.ts'
import { Layer } from '../functional/layer.ts'
import { Model } from '../functional/model.ts'
import type { CallOptions, Node } from '../functional/node.ts'
import { Operation, type OperationDefinition, slotted } from '../functional/operation.ts'
import { Sequential, sequential } from '../functional/sequential.ts'
import { pack, type Structure, sorted, unsorted } from '../functional/structure.ts'
import type { OpenShape, SymbolicTensor } from '../functional/symbolic-tensor.ts'
import { Lambda, type LambdaFunction } from '../layers/core/lambda.ts'
import { type LayerClass, layerClasses } from '../layers/index.ts'
import type { Loss } from '../losses/loss.ts'
import type { Metric } from '../metrics/metric.ts'
import { definitions } from '../ops/index.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import { expectNumbers } from '../options.ts'
import type { DType } from '../program/types.ts'
import { regularizerConfig } from '../regularizers/index.ts'
import { argumentConfig, argumentFromConfig } from './arguments.ts'
import { camelCase, snakeCase } from './naming.ts'

// The form in which Keras 3 writes a functional model.

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One layer of a config. */
export interface LayerConfig {
  readonly module?: string | null
  readonly class_name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly registered_name?: string | null
  /** The same in all configs of one layer that stands in several models. */
  readonly shared_object_id?: number
  readonly name?: string
  readonly inbound_nodes?: readonly NodeConfig[]
}

interface NodeConfig {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  /**
   * Whether the call fixes it. Keras passes over this; its own `training: false` among the kwargs says nothing, for it
   * stands at each call of a layer of which that is the default (dropout, …).
   */
  readonly training?: boolean
}

interface TensorConfig {
  readonly class_name: '__keras_tensor__'
  readonly config: {
    readonly shape: OpenShape
    readonly dtype: DType
    /** Layer, node, tensor. */
    readonly keras_history: readonly [string, number, number]
  }
}

/** A model as JSON, in Keras's words. */
export type ModelConfig = LayerConfig

// ---- Out ----------------------------------------------------------------------------------------------

/**
 * The graph of a model as plain JSON, without its weights, in the form that Keras writes.
 *
 * @throws ConfigError where a layer holds a function that has no name
 * @example
 * const copy = modelFromConfig(JSON.parse(JSON.stringify(toConfig(classifier))))
 */
export function toConfig(model: Model): ModelConfig {
  return layerConfig(model, numbersOfShared(model))
}

/** Layers that stand in several models, which are one layer again when the config is read. */
type Shared = ReadonlyMap<Layer<unknown>, number>

function numbersOfShared(model: Model): Shared {
  const counts = new Map<Layer<unknown>, number>()
  const count = (layer: Layer<unknown>): void => {
    const before = counts.get(layer) ?? 0
    counts.set(layer, before + 1)
    if (before === 0) layer.sublayers.forEach(count)
  }
  count(model)
  const shared = [...counts].filter(([, times]) => times > 1)
  return new Map(shared.map(([layer], at) => [layer, at + 1]))
}

function layerConfig(layer: Layer<unknown>, shared: Shared): LayerConfig {
  const number = shared.get(layer)
  return { ...ownConfig(layer, shared), ...(number !== undefined && { shared_object_id: number }) }
}

function ownConfig(layer: Layer<unknown>, shared: Shared): LayerConfig {
  const { className: class_name, name, trainable } = layer
  if (layer instanceof Sequential) {
    const layers = layer.layers.map((inner) => layerConfig(inner, shared))
    return { ...keras(class_name), module: 'keras', config: { name, trainable, layers } }
  }
  if (layer instanceof Model)
    return {
      module: 'keras.src.models.functional',
      class_name,
      config: functionalConfig(layer, shared),
      registered_name: class_name,
    }
  if (layer instanceof InputLayer) {
    const { tensor, dataType: dtype } = layer
    return {
      ...keras(class_name),
      config: { batch_shape: tensor.shape, dtype, sparse: false, ragged: false, name },
    }
  }
  if (layer instanceof Operation) {
    const { definition, settings } = layer
    const own = Object.entries(settings).map(([key, value]) => [snakeCase(key), value])
    const config = { name, ...Object.fromEntries(own) }
    return { module: moduleOf(definition), class_name, config, registered_name: class_name }
  }
  const { activityRegularizer } = layer
  // A layer that hands its regularizer on, or makes it from other options, says so itself.
  const all = {
    ...(activityRegularizer && { activityRegularizer: regularizerConfig(activityRegularizer) }),
    ...layer.config(),
  }
  const own = Object.entries(all).map(([key, value]) => [snakeCase(key), withConfigs(value, shared)])
  const config = { name, trainable, dtype: FLOAT32, ...Object.fromEntries(own) }
  const { module, registeredName = class_name } = layer.constructor as Partial<LayerClass>
  if (layerClasses.some((known) => known === layer.constructor))
    return module === undefined
      ? { ...keras(class_name), config }
      : { module, class_name, config, registered_name: class_name }
  return { module: null, class_name, config, registered_name: registeredName }
}

/** Layers inside of options as their configs. */
const withConfigs = (value: unknown, shared: Shared): unknown => {
  if (value instanceof Layer) return layerConfig(value, shared)
  return Array.isArray(value) ? value.map((entry) => withConfigs(entry, shared)) : value
}

/** 'numpy.Add' → 'keras.src.ops.numpy' */
const moduleOf = ({ kind }: OperationDefinition): string =>
  `keras.src.ops.${kind.slice(0, kind.indexOf('.'))}`

const keras = (class_name: string) => ({ module: 'keras.layers', class_name, registered_name: null })

const FLOAT32 = {
  module: 'keras',
  class_name: 'DTypePolicy',
  config: { name: 'float32' },
  registered_name: null,
}

/** Keras counts the outputs of a model by their sorted keys. */
const indexInKeras = ({ layer, node, tensorIndex }: SymbolicTensor): number =>
  layer instanceof Model ? sorted(layer.outputs, [...node.outputs.keys()]).indexOf(tensorIndex) : tensorIndex

/** A functional model has a call of its own in Keras, from its own inputs, which counts at the edges of a model alone. */
const isFunctional = (layer: Layer<unknown>): boolean =>
  layer instanceof Model && !(layer instanceof Sequential)

function functionalConfig(model: Model, shared: Shared): Readonly<Record<string, unknown>> {
  const { name, trainable, layers, entries } = model
  // Nodes outside of the model are left out, so the numbers of the others close up.
  const nodesOf = new Map(
    layers.map((layer) => [layer, model.graph.nodes.filter((node) => node.layer === layer)]),
  )
  const history = (tensor: SymbolicTensor): readonly [string, number, number] => {
    const entry = entries.get(tensor)
    if (entry !== undefined) return [entry.name, 0, 0]
    if (tensor.tensorIndex >= tensor.node.outputs.length)
      throw new ConfigError(
        `${tensor.layer.label}: its mask is used as a tensor, which a config can not say. Compute it with ops.`,
      )
    return [tensor.layer.name, nodesOf.get(tensor.layer)!.indexOf(tensor.node), indexInKeras(tensor)]
  }
  const edge = (tensor: SymbolicTensor): readonly [string, number, number] => {
    const [layer, node, index] = history(tensor)
    return [layer, node + (isFunctional(tensor.layer) && !entries.has(tensor) ? 1 : 0), index]
  }
  const tensorConfig = (tensor: SymbolicTensor): TensorConfig => ({
    class_name: '__keras_tensor__',
    config: { shape: tensor.shape, dtype: tensor.dtype, keras_history: history(tensor) },
  })
  const nodeConfig = (node: Node): NodeConfig => {
    const { layer, inputs, options } = node
    expectWritable(node)
    const { args, kwargs } = layer.argumentsOf(inputs.map(tensorConfig))
    const { mask: _mask, keepsInputMask = false, ...rest } = options
    const all = { ...rest, ...kwargs, ...maskConfigs(node, tensorConfig) }
    const arranged = keepsInputMask ? byPosition(layer, args, all) : { args, kwargs: all }
    return { ...arranged, args: arranged.args.map(argumentConfig), ...rest }
  }
  return {
    name,
    trainable,
    layers: layers.map((layer) => ({
      ...layerConfig(layer, shared),
      name: layer.name,
      inbound_nodes: nodesOf.get(layer)!.map(nodeConfig),
    })),
    input_layers: pack(
      model.inputs,
      model.inputPorts.map(({ tensor }) => edge(tensor)),
    ),
    output_layers: pack(
      model.outputs,
      model.outputPorts.map(({ tensor }) => edge(tensor)),
    ),
  }
}

/** The arguments of a call up to its mask by position: a mask without a name is not that of the outputs in Keras. */
function byPosition(
  { callArguments = [] }: Layer<unknown>,
  [first]: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): Pick<NodeConfig, 'args' | 'kwargs'> {
  const names = callArguments.slice(1, callArguments.indexOf('mask') + 1)
  const others = Object.entries(kwargs).filter(([name]) => !names.includes(name))
  return { args: [first, ...names.map((name) => kwargs[name] ?? null)], kwargs: Object.fromEntries(others) }
}

type GivenMasks = readonly (SymbolicTensor | null | undefined)[]

/** The masks that a call is given, as its arguments. */
function maskConfigs(
  { layer, inputs, options }: Node,
  tensorConfig: (tensor: SymbolicTensor) => TensorConfig,
): Readonly<Record<string, unknown>> {
  const given = [options.mask ?? []].flat() as GivenMasks
  const written = given.map((mask) => (mask ? tensorConfig(mask) : null))
  if (layer.maskArguments !== undefined) {
    const named = layer.maskArguments.map((name, i) => [name, written[i]] as const)
    return Object.fromEntries(named.filter(([, mask]) => mask))
  }
  if (written.every((mask) => mask === null)) return {}
  if (inputs.length === 1 || layer.hasSeveralArguments) return { mask: written[0] }
  const all = inputs.map((_, i) => written[i] ?? null)
  return { mask: layer instanceof Model ? pack(layer.inputs, all) : all }
}

/** @throws ConfigError for masks of a call that a file cannot say */
function expectWritable({ layer, inputs, options: { mask } }: Node): void {
  const given = [mask ?? []].flat() as GivenMasks
  const at = layer.maskArguments?.indexOf('query_mask') ?? -1
  if (given[at])
    throw new ConfigError(
      `${layer.label}: its call is given a mask of the query, in whose place Keras 3.15 uses the mask that the query has. Mask the query itself, with layers.masking or an embedding.`,
    )
  const isImplicit = !(layer.hasSeveralArguments && inputs.length > 1)
  if (given.length === 0 || !isImplicit || layer.keepsOwnMasks) return
  // A list of masks says null for none. What says nothing of a mask stands for that of the input.
  const isList = layer.maskArguments === undefined && given.some((one) => one)
  const lost = inputs.findIndex(
    (input, i) => input.mask !== undefined && given[i] === (isList ? undefined : null),
  )
  if (lost >= 0)
    throw new ConfigError(
      isList
        ? `${layer.label}: its call is given masks, but none for input ${lost}, which has one. A file needs a mask for each input, or null.`
        : `${layer.label}: its call takes the mask of input ${lost} away, which a file cannot say. Call the layer on a tensor without a mask: ops.multiply(x, 1).`,
    )
}

// ---- In -----------------------------------------------------------------------------------------------

/**
 * What core does not know: a class of layers; a function of a loss or a metric, which returns a value for each sample; a
 * metric; an optimizer or its class; an activation; what a lambda layer computes.
 */
export type CustomObject =
  | LayerClass
  | Loss['perSample']
  | Metric
  | Optimizer
  | (new (
      options: never,
    ) => Optimizer)
  | Activation
  | LambdaFunction

export type CustomObjects = Readonly<Record<string, CustomObject>>

export interface FromConfigOptions {
  /** What core does not know, by the name in the config; of a lambda layer by the name of the layer or of its function. */
  readonly customObjects?: CustomObjects
  /**
   * What becomes of `training=True` at the calls of a config: 'keep', the default, lets it apply in predict and evaluate too;
   * 'ignore' lets fit and predict decide, as Keras does.
   */
  readonly trainingCalls?: 'keep' | 'ignore'
  /** Is told, in one sentence, of what is computed in another way than the config says. */
  readonly onWarning?: (message: string) => void
}

/** What is known while a config is read. */
interface Reading extends FromConfigOptions {
  /** Layers that stand in several models, by the number that Keras gives them. */
  readonly shared: Map<unknown, Layer<unknown>>
  /** The layers that ask for another dtype than float32, by their policies. */
  readonly policies: Map<string, readonly string[]>
  /** The layers that are called with `training=True`. */
  readonly training: Set<string>
}

/**
 * The model that a config describes, with new weights.
 *
 * @throws ConfigError for layer classes and options that are not known, all at once, naming each layer
 */
export function modelFromConfig(config: ModelConfig, options: FromConfigOptions = {}): Model {
  const made = layerFromConfig(config, options)
  if (!(made instanceof Model)) {
    throw new ConfigError(`Expected the config of a model. Received: that of a ${config?.class_name}.`)
  }
  return made
}

/**
 * The layer or model that a config describes, with new weights.
 *
 * @throws ConfigError for layer classes and options that are not known, all at once, naming each layer
 */
export function layerFromConfig(layer: LayerConfig, options: FromConfigOptions = {}): Layer<unknown> {
  const policies = new Map<string, readonly string[]>()
  const training = new Set<string>()
  const made = readLayer(layer, { ...options, shared: new Map(), policies, training })
  if (training.size > 0)
    options.onWarning?.(
      `Calls with training=True behave so in predict and evaluate too, unlike in Keras: ${[...training].join(', ')}. Load with { trainingCalls: 'ignore' } for what Keras does.`,
    )
  for (const [name, labels] of policies)
    options.onWarning?.(
      `The dtype policy ${name} is computed in float32, which rounds less: ${labels.slice(0, 3).join(', ')}${labels.length > 3 ? ` and ${labels.length - 3} more` : ''}.`,
    )
  return made
}

function readLayer(layer: LayerConfig, reading: Reading): Layer<unknown> {
  const { class_name, config, shared_object_id: shared } = layer ?? {}
  if (typeof class_name !== 'string' || typeof config !== 'object' || config === null) {
    throw new ConfigError(
      `Expected { class_name, config }. Received: ${JSON.stringify(layer)?.slice(0, 80)}.`,
    )
  }
  const known = reading.shared.get(shared)
  if (known !== undefined) return known
  const made = newLayer(layer, reading)
  if (shared !== undefined) reading.shared.set(shared, made)
  return made
}

function newLayer(layer: LayerConfig, reading: Reading): Layer<unknown> {
  const { class_name, config } = layer
  if (class_name === 'Functional' || class_name === 'Model') return functionalFromConfig(config, reading)
  if (class_name === 'Sequential') return sequentialFromConfig(config, reading)
  if (class_name === 'InputLayer') return inputFromConfig(config)
  if (layer.module?.startsWith('keras.src.ops.')) return operationFromConfig(layer)
  const label = `${class_name} "${config.name}"`
  const known = classNamed(class_name, reading)
  if (known === undefined && class_name === 'Lambda') return lambdaFrom(layer, reading)
  if (known === undefined) {
    const code = JSON.stringify(config).includes('"__lambda__"')
      ? 'it holds code of Python, which is not run'
      : 'this class of layers is not known'
    throw new ConfigError(`${label}: ${code}. Hand it in as customObjects.${class_name}.`)
  }
  const inner = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(inner) : value && readLayer(value as LayerConfig, reading)
  const entries = Object.entries(config).map(([key, value]) => {
    const option = camelCase(key)
    const activation = option.toLowerCase().endsWith('activation')
      ? activationFrom(value, reading)
      : undefined
    if (activation !== undefined) return [option, activation] as const
    return [option, known.layerOptions?.includes(option) ? inner(value) : value] as const
  })
  // A layer from the file that stands inside another one has a flag of its own.
  const holdsLayers = (known.layerOptions ?? []).length > 0
  const given = Object.fromEntries(
    entries.filter(([key]) => key !== 'dtype' && !(holdsLayers && key === 'trainable')),
  )
  const made = labelled(label, () => new known({ ...given, ...callSettings(known, layer) } as never))
  if (holdsLayers) setFlag(made, config.trainable)
  noteDType(label, config.dtype, reading)
  expectNumbers(label, made.config())
  expectUnderstood(label, made, config)
  return made
}

/** An activation that is handed in, by its name in the config. */
function activationFrom(value: unknown, { customObjects = {} }: Reading): Activation | undefined {
  const own = typeof value === 'string' ? value : (value as { readonly config?: unknown } | null)?.config
  const name = typeof own === 'string' ? own.replace(/^.*>/, '') : undefined
  const custom = name !== undefined && Object.hasOwn(customObjects, name) ? customObjects[name] : undefined
  return typeof custom === 'function' && !isLayerClass(custom) ? (custom as Activation) : undefined
}

/** Files state for each layer whether it trains, whatever is around it. */
function setFlag<T extends Layer<unknown>>(layer: T, trainable: unknown): T {
  if (typeof trainable === 'boolean') layer.setOwnTrainable(trainable)
  return layer
}

const isLayerClass = (custom: CustomObject): custom is LayerClass =>
  typeof custom === 'function' && custom.prototype instanceof Layer

/** A lambda layer, whose function is handed in by the name of the layer. */
function lambdaFrom({ config }: LayerConfig, { customObjects = {} }: Reading): Lambda {
  const name = String(config.name)
  const custom = Object.hasOwn(customObjects, name) ? customObjects[name] : undefined
  if (typeof custom !== 'function')
    throw new ConfigError(
      `Lambda "${name}": it holds code of Python, which is not run. Hand it in as customObjects[${JSON.stringify(name)}]: a function (b, ...inputs) over the builder that returns a value.`,
    )
  return setFlag(new Lambda(custom as LambdaFunction, { name }), config.trainable)
}

function classNamed(name: string, { customObjects = {} }: Reading): LayerClass | undefined {
  const custom = Object.hasOwn(customObjects, name) ? customObjects[name] : undefined
  if (custom !== undefined && isLayerClass(custom)) return custom
  return layerClasses.find((candidate) => candidate.className === name)
}

/** Policies whose answers float32 gives as well, more exactly. */
const COMPUTED_IN_FLOAT32: readonly string[] = [
  'float16',
  'bfloat16',
  'mixed_float16',
  'mixed_bfloat16',
  'float64',
]

/** Layers compute in float32, which is said where a file asks for another type. @throws ConfigError for integers */
function noteDType(label: string, dtype: unknown, { policies }: Reading): void {
  const { class_name, config } = (dtype ?? {}) as { class_name?: string; config?: { name?: string } }
  const name = typeof dtype === 'string' ? dtype : config?.name
  if (name === undefined || name === 'float32') return
  const isPlain = class_name === undefined || class_name === 'DTypePolicy'
  if (!isPlain || !COMPUTED_IN_FLOAT32.includes(name))
    throw new ConfigError(
      `${label}: the dtype policy ${JSON.stringify(name)} is not supported. Expected float32, or one of ${COMPUTED_IN_FLOAT32.join(', ')}, which are computed in float32.`,
    )
  policies.set(name, [...(policies.get(name) ?? []), label])
}

/** Puts the label of a layer before the message of what goes wrong while it is made. */
function labelled<T>(label: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    const message = messageOf(error)
    throw new ConfigError(message.startsWith(label) ? message : `${label}: ${message}`)
  }
}

/** The layers of a model; what can not be made is said of all of them at once. */
function readLayers(layers: readonly LayerConfig[], reading: Reading): readonly Layer<unknown>[] {
  const problems: string[] = []
  const made = layers.flatMap((layer) => {
    try {
      return [readLayer(layer, reading)]
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      problems.push(error.message)
      return []
    }
  })
  if (problems.length > 0) throw new ConfigError(problems.join('\n'))
  return made
}

/** The constants of an operation stand at its call. */
function operationFromConfig({
  module,
  class_name,
  config,
  inbound_nodes: nodes = [],
}: LayerConfig): Operation {
  const { name, ...own } = config as { readonly name: string }
  const label = `${class_name} "${name}"`
  // Without the last part of the module, as older files have it, the name of the class has to do.
  const definition = definitions.find(
    ({ kind }) =>
      `keras.src.ops.${kind}` === `${module}.${class_name}` ||
      (module === 'keras.src.ops.' && kind.endsWith(`.${class_name}`)),
  )
  if (definition === undefined) throw new ConfigError(`${label}: this operation of ${module} is not known.`)
  if (nodes.length !== 1) throw new ConfigError(`${label}: expected one call. Received: ${nodes.length}.`)
  const settings = Object.fromEntries(Object.entries(own).map(([key, value]) => [camelCase(key), value]))
  const { args } = slotted(argumentFromConfig(nodes[0]!.args) as readonly unknown[], isTensorConfig)
  for (const [key, value] of Object.entries(own)) {
    if (value !== null && !Object.hasOwn(definition.defaults, camelCase(key)))
      throw unsupported(label, key, value)
  }
  return new Operation({ definition, args, settings, name })
}

const isTensorConfig = (value: unknown): value is TensorConfig =>
  typeof value === 'object' &&
  value !== null &&
  'class_name' in value &&
  value.class_name === '__keras_tensor__'

/** Options that say nothing while renorm is false. */
const SILENT: readonly string[] = ['renormClipping', 'renormMomentum']

/** What may stand in a config without a meaning here, as long as it says nothing unusual. */
const USUAL: Readonly<Record<string, Json>> = {
  dataFormat: 'channels_last',
  renorm: false,
  synchronized: false,
  rmsScaling: false,
  autocast: true,
  useGate: false,
}

function expectUnderstood(
  label: string,
  layer: Layer<unknown>,
  config: Readonly<Record<string, unknown>>,
): void {
  const own = { ...layer.config(), activityRegularizer: layer.activityRegularizer }
  for (const [key, value] of Object.entries(config)) {
    const name = camelCase(key)
    if (['name', 'trainable', 'dtype', ...SILENT].includes(name) || value === null || value === undefined)
      continue
    if (Object.hasOwn(USUAL, name) ? value === USUAL[name] : Object.hasOwn(own, name)) continue
    throw unsupported(label, key, value)
  }
}

const unsupported = (label: string, key: string, value: unknown): ConfigError =>
  new ConfigError(`${label}: the option ${key}=${JSON.stringify(value)} is not supported.`)

function inputFromConfig(config: Readonly<Record<string, unknown>>): InputLayer {
  const {
    name,
    dtype,
    batch_shape: shape,
  } = config as {
    name: string
    dtype: InputDType
    batch_shape: OpenShape
  }
  for (const key of ['sparse', 'ragged', 'optional'])
    if (config[key] === true) throw unsupported(`InputLayer "${name}"`, key, true)
  if (!Array.isArray(shape))
    throw new ConfigError(`InputLayer "${name}": expected a batch_shape. Received: ${JSON.stringify(shape)}.`)
  const [batchSize, ...sample] = shape as OpenShape
  return new InputLayer({ name, dtype, shape: sample, batchSize: batchSize ?? null })
}

function sequentialFromConfig(config: Readonly<Record<string, unknown>>, reading: Reading): Model {
  const { name, trainable, layers } = config as {
    name: string
    trainable?: boolean
    layers: readonly LayerConfig[]
  }
  if (!Array.isArray(layers))
    throw new ConfigError(
      `Sequential "${name}": expected a list of layers. Received: ${JSON.stringify(layers)}.`,
    )
  const made = readLayers(layers, reading)
  const [first, ...rest] = made
  if (first instanceof InputLayer)
    return setFlag(sequential([first.tensor, ...(rest as Layer[])], { name }), trainable)
  // Keras 2 has no input layer there, but what it would say.
  const own = layers[0]?.config
  const shape = own?.batch_input_shape ?? own?.batch_shape ?? config.build_input_shape
  if (!Array.isArray(shape)) throw new ConfigError(`Sequential "${name}": expected an InputLayer first.`)
  const dtype = first?.className === 'Embedding' ? 'int32' : 'float32'
  const start = new InputLayer({ shape: shape.slice(1) as OpenShape, batchSize: shape[0], dtype })
  return setFlag(sequential([start.tensor, ...(made as Layer[])], { name }), trainable)
}

/** A layer that is being put back into its graph. */
interface Pending {
  readonly layer: Layer<unknown>
  readonly nodes: readonly NodeConfig[]
  /** The outputs of the nodes that stand already. */
  readonly outputs: (readonly SymbolicTensor[])[]
}

function functionalFromConfig(config: Readonly<Record<string, unknown>>, reading: Reading): Model {
  const { name, trainable, layers, input_layers, output_layers } = config as {
    name: string
    trainable?: boolean
    layers: readonly LayerConfig[]
    input_layers: unknown
    output_layers: unknown
  }
  const pending = new Map<string, Pending>()
  if (!Array.isArray(layers))
    throw new ConfigError(
      `Functional "${name}": expected a list of layers. Received: ${JSON.stringify(layers)}.`,
    )
  readLayers(layers, reading).forEach((layer, at) => {
    const outputs = layer instanceof InputLayer ? [[layer.tensor]] : []
    pending.set(layer.name, { layer, nodes: layers[at]!.inbound_nodes ?? [], outputs })
  })
  const find = (what: unknown): SymbolicTensor | undefined => {
    if (!isHistory(what)) throw missing(what)
    const [layerName, node, tensor] = what
    const source = pending.get(layerName)
    if (source === undefined) throw new ConfigError(`Functional "${name}": there is no layer "${layerName}".`)
    return source.outputs[node]?.[tensor]
  }
  replay(name, [...pending.values()], find, reading)

  const edge = (what: unknown): SymbolicTensor => {
    if (!isHistory(what)) throw missing(what)
    const [layerName, node, index] = what
    const layer = pending.get(layerName)?.layer
    return expectFound(find([layerName, node - (layer && isFunctional(layer) ? 1 : 0), index]), what)
  }
  const structure = (what: unknown): Structure => {
    if (isHistory(what)) return edge(what)
    if (Array.isArray(what)) return what.map(structure)
    return Object.fromEntries(Object.entries(what ?? {}).map(([key, entry]) => [key, structure(entry)]))
  }
  const made = new Model({
    inputs: structure(input_layers),
    outputs: structure(output_layers),
    name,
    layerOrder: [...pending.values()].map(({ layer }) => layer),
  })
  return setFlag(made, trainable)
}

const isHistory = (what: unknown): what is readonly [string, number, number] =>
  Array.isArray(what) && typeof what[0] === 'string'

const missing = (what: unknown): ConfigError =>
  new ConfigError(`There is no tensor ${JSON.stringify(what)} in the graph.`)

function expectFound(tensor: SymbolicTensor | undefined, what: unknown): SymbolicTensor {
  if (tensor === undefined) throw missing(what)
  return tensor
}

/** Repeats the calls, each as soon as what it takes is there. Nodes may be listed in any order. */
function replay(
  name: string,
  all: readonly Pending[],
  find: (history: unknown) => SymbolicTensor | undefined,
  reading: Reading,
): void {
  for (let open = all.filter(({ nodes, outputs }) => outputs.length < nodes.length); open.length > 0; ) {
    let progress = false
    for (const { layer, nodes, outputs } of open) {
      for (let node = nodes[outputs.length]; node !== undefined; node = nodes[outputs.length]) {
        const keepsInputMask = isTensorConfig(node.args[layer.callArguments?.indexOf('mask') ?? -1])
        node = withNames(layer, node)
        const inputs = inputsOf(layer, node).map(find)
        const wanted = masksOf(layer, node)
        const masks = wanted.map((mask) => mask && find(mask))
        const isMissing = (mask: unknown, i: number): boolean => mask !== undefined && masks[i] === undefined
        if (inputs.includes(undefined) || wanted.some(isMissing)) break
        const mask = masks as readonly (SymbolicTensor | null | undefined)[]
        outputs.push(
          call(layer, inputs as readonly SymbolicTensor[], { mask, keepsInputMask }, node, reading),
        )
        progress = true
      }
    }
    open = open.filter(({ nodes, outputs }) => outputs.length < nodes.length)
    if (!progress && open.length > 0) {
      const names = open.map(({ layer }) => layer.name).join(', ')
      throw new ConfigError(`Functional "${name}": the inputs of these layers are nowhere made: ${names}.`)
    }
  }
}

/** What a call fixes. Keras's fit and predict pass over `training=True`; fn keeps it unless it is told otherwise. */
function trainingOf(
  layer: Layer<unknown>,
  { kwargs, training }: NodeConfig,
  { trainingCalls = 'keep', training: labels }: Reading,
): boolean | undefined {
  if (training !== undefined) return training
  if (kwargs?.training !== true || trainingCalls === 'ignore') return undefined
  labels.add(layer.label)
  return true
}

function call(
  layer: Layer<unknown>,
  inputs: readonly SymbolicTensor[],
  { mask, keepsInputMask }: { mask: readonly (SymbolicTensor | null | undefined)[]; keepsInputMask: boolean },
  node: NodeConfig,
  reading: Reading,
): readonly SymbolicTensor[] {
  const training = trainingOf(layer, node, reading)
  const options: CallOptions = {
    ...(training !== undefined ? { training } : {}),
    ...(mask.length > 0 ? { mask } : {}),
    ...(keepsInputMask ? { keepsInputMask } : {}),
  }
  try {
    layer.apply(inputs.length === 1 ? inputs[0]! : inputs, options)
  } catch (error) {
    throw new ConfigError(`The config does not fit together. ${messageOf(error)}`)
  }
  const { outputs } = layer.inboundNodes.at(-1)!
  return layer instanceof Model ? sorted(layer.outputs, outputs) : outputs
}

const historyOf = (tensor: unknown): unknown => (tensor as Partial<TensorConfig>).config?.keras_history

/** What may stand among the named arguments of a call without being a tensor of it. */
const SILENT_ARGUMENTS: readonly string[] = ['training', 'mask', 'return_attention_scores']
/** Tensors that have names, in the order in which layers take them. */
const NAMED_TENSORS: readonly string[] = ['query', 'value', 'key', 'attention_mask', 'initial_state']

/** A call of which all arguments but the first have names: Keras takes masks and states also by position. */
function withNames(layer: Layer<unknown>, node: NodeConfig): NodeConfig {
  const { callArguments } = layer
  const [first, ...others] = node.args
  if (callArguments === undefined || others.length === 0) return node
  if (others.length >= callArguments.length)
    throw new ConfigError(
      `${layer.label}: expected a call with at most the arguments ${callArguments.join(', ')}. Received: ${node.args.length} arguments.`,
    )
  const named = others.flatMap((value, i) =>
    value === null ? [] : [[callArguments[i + 1]!, value] as const],
  )
  return { ...node, args: [first], kwargs: { ...node.kwargs, ...Object.fromEntries(named) } }
}

/** The histories of the tensors that a call takes, in the order in which the layer takes them. */
function inputsOf(layer: Layer<unknown>, node: NodeConfig): readonly unknown[] {
  if (!(layer instanceof Model)) return tensorsIn(layer, node)
  const { args, ...rest } = node
  const [given = rest.kwargs?.inputs] = args
  // For its errors: a named argument that is not known may not be passed over.
  tensorsIn(layer, { ...rest, args: [] })
  if (isRecordOfTensors(given)) {
    const found = tensorsByPath(given)
    const names = layer.inputPorts.map(({ name }) => name)
    // A list model that is called with a record takes its tensors by name, else by sorted keys.
    if (names.every((name) => found.has(name))) return names.map((name) => found.get(name))
  }
  // Keras binds by position in the flattened structures, of which the keys are sorted.
  return unsorted(layer.inputs, [...tensorsByPath(args.length > 1 ? args : given).values()])
}

/** The history of the mask of each input, null for none; an empty list where the call says nothing of masks. */
function masksOf(layer: Layer<unknown>, { kwargs }: NodeConfig): readonly unknown[] {
  // Keras 3.15 puts the mask that the query carries in place of a query_mask.
  const named = layer.maskArguments?.map((name) =>
    name === 'query_mask' ? undefined : (kwargs?.[name] ?? undefined),
  )
  if (named !== undefined)
    return named.some((mask) => mask !== undefined) ? named.map((mask) => mask && historyOf(mask)) : []
  const leaves = (value: unknown): readonly unknown[] => {
    if (value === null || isTensorConfig(value)) return [value && historyOf(value)]
    if (Array.isArray(value)) return value.flatMap(leaves)
    const named = value as Readonly<Record<string, unknown>>
    return Object.keys(named)
      .sort()
      .flatMap((key) => leaves(named[key]))
  }
  const mask = kwargs?.mask ?? []
  return layer instanceof Model && leaves(mask).length > 0
    ? unsorted(layer.inputs, leaves(mask))
    : leaves(mask)
}

const isRecordOfTensors = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isTensorConfig(value)

/** The histories of tensors in lists and records by `key.0.key`, those of a record in the order of its sorted keys. */
function tensorsByPath(value: unknown, path = ''): ReadonlyMap<string, unknown> {
  if (isTensorConfig(value)) return new Map([[path, historyOf(value)]])
  if (typeof value !== 'object' || value === null) return new Map()
  const keys = Array.isArray(value) ? [...value.keys()].map(String) : Object.keys(value).sort()
  return new Map(
    keys.flatMap((key) => [
      ...tensorsByPath(
        (value as Readonly<Record<string, unknown>>)[key],
        path === '' ? key : `${path}.${key}`,
      ),
    ]),
  )
}

/** The histories of the tensors that a call takes. */
function tensorsIn(layer: Layer<unknown>, { args, kwargs }: NodeConfig): readonly unknown[] {
  const found: unknown[] = []
  const search = (value: unknown): void => {
    if (Array.isArray(value)) for (const entry of value) search(entry)
    else if (typeof value === 'object' && value !== null) {
      if (isTensorConfig(value)) found.push(historyOf(value))
      else for (const entry of Object.values(value)) search(entry)
    }
  }
  search(args)
  const apart = ['mask', 'training', ...(layer.maskArguments ?? [])]
  const named = Object.entries(kwargs ?? {}).filter(([key]) => !apart.includes(key))
  const place = ([key]: readonly [string, unknown]): number =>
    NAMED_TENSORS.indexOf(key) % NAMED_TENSORS.length
  for (const [key, value] of named.sort((one, other) => place(one) - place(other))) {
    const before = found.length
    search(value)
    const { callSettings = [] } = layer.constructor as Partial<LayerClass>
    const understood =
      found.length > before ||
      value === null ||
      callSettings.includes(camelCase(key)) ||
      (SILENT_ARGUMENTS.includes(key) && value === false)
    if (!understood) throw new ConfigError(`${layer.label}: the argument ${key} of a call is not supported.`)
  }
  return found
}

/** The options that stand at the calls of a layer, which have to be the same at all of them. */
function callSettings(
  known: LayerClass,
  { inbound_nodes: nodes = [] }: LayerConfig,
): Readonly<Record<string, unknown>> {
  const entries = (known.callSettings ?? []).flatMap((option) => {
    const values = new Set(nodes.map(({ kwargs }) => kwargs?.[snakeCase(option)]))
    if (values.size > 1)
      throw new ConfigError(
        `expected the same ${snakeCase(option)} at each call. Received: ${[...values].join(', ')}.`,
      )
    return [...values]
      .filter((value) => value !== undefined && value !== null)
      .map((value) => [option, value] as const)
  })
  return Object.fromEntries(entries)
}
