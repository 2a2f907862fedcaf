import type { LayerConfig, ModelConfig } from '@fn/core'
import { ACTIVATIONS, type Known, LAYERS, RULES, withoutDirection } from './tfjs-layers.ts'

// Configs of Keras 3 in the words of Keras 2, as tfjs-layers reads them: what `upgrade.ts` does, backwards.

type Config = Readonly<Record<string, unknown>>
/** Layer, call, tensor. */
type Reference = readonly [string, number, number]

export interface Downgraded {
  readonly config: Config
  /** What can not be said, one sentence each. */
  readonly problems: readonly string[]
}

const isRecord = (value: unknown): value is Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isDescribed = (value: unknown): value is { readonly class_name: string; readonly config: Config } =>
  isRecord(value) && typeof value.class_name === 'string' && isRecord(value.config)

const isLayer = (value: unknown): value is LayerConfig =>
  isDescribed(value) && ('name' in value.config || value.class_name === 'InputLayer')

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A model in the words of tfjs-layers. */
export function downgradeModel(model: ModelConfig): Downgraded {
  const problems: string[] = []
  const { class_name, config } = downgradeLayer(model, problems)
  return { config: { class_name, config }, problems }
}

/** The names that tensors may have there begin with the name of their layer. */
const NAME = /^[A-Za-z0-9][-A-Za-z0-9._]*$/

function downgradeLayer(
  layer: LayerConfig,
  problems: string[],
): { readonly class_name: string; readonly config: Config } {
  const { class_name, config, shared_object_id } = layer
  const label = `${class_name} "${config.name}"`
  const problem = (what: string): void => {
    problems.push(`${label}: ${what}.`)
  }
  if (!NAME.test(String(config.name)))
    problem('it needs a name of letters, digits, "-", "_" and ".", of which the first is a letter or a digit')
  if (shared_object_id !== undefined && class_name !== 'InputLayer') problem('it stands in several models')
  if (class_name === 'Functional') return { class_name: 'Model', config: functional(config, problems) }
  if (class_name === 'Sequential') {
    const layers = (config.layers as readonly LayerConfig[]).map((inner) => downgradeLayer(inner, problems))
    return { class_name, config: { name: config.name, layers } }
  }
  if (class_name === 'InputLayer') {
    const { name, batch_shape, dtype } = config
    return { class_name, config: { batch_input_shape: batch_shape, dtype, sparse: false, name } }
  }
  const known = knownAs(layer)
  if (known === undefined) {
    problem(layer.module?.startsWith(OPS) ? 'there are no operations on tensors' : 'there is no such layer')
    return { class_name, config: {} }
  }
  const { name, trainable, dtype: _, ...options } = class_name === 'Bidirectional' ? oneWay(config) : config
  const { takes, fixed = {}, silent = [], noPadding, renamed = {} } = known
  const entries = Object.entries(options).flatMap(([key, value]): readonly [string, unknown][] => {
    const isFixed = Object.hasOwn(fixed, key)
    if (silent.includes(key)) return []
    const isKnown = isFixed ? same(value, fixed[key]) : takes.includes(key) || value === null
    if (!isKnown || (key === 'padding' && value === noPadding))
      problem(`it has no ${key}=${isDescribed(value) ? value.class_name : JSON.stringify(value)} there`)
    if (!takes.includes(key)) return []
    return [[renamed[key] ?? key, optionOf(key, value, problem, problems)]]
  })
  return { class_name, config: { name, trainable, dtype: 'float32', ...Object.fromEntries(entries) } }
}

/** Operations have names that layers have too. */
const OPS = 'keras.src.ops.'

const knownAs = ({ class_name, module }: LayerConfig): Known | undefined =>
  !module?.startsWith(OPS) && Object.hasOwn(LAYERS, class_name) ? LAYERS[class_name] : undefined

/** It makes the layer of the other direction itself, and calls the two forward_… and backward_… */
function oneWay(config: Config): Config {
  const {
    layer,
    backward_layer: back,
    ...rest
  } = config as { layer: LayerConfig; backward_layer?: LayerConfig }
  const { name, go_backwards, ...forward } = layer.config
  const { name: _, go_backwards: reversed, ...backward } = back?.config ?? {}
  const isMirrored =
    back === undefined ||
    (back.class_name === layer.class_name && reversed === !go_backwards && same(forward, backward))
  return {
    ...rest,
    layer: { ...layer, config: { ...layer.config, name: withoutDirection(String(name)) } },
    ...(!isMirrored && { backward_layer: back }),
  }
}

function optionOf(key: string, value: unknown, problem: (what: string) => void, problems: string[]): unknown {
  if (key.endsWith('activation')) {
    // The hard sigmoid of Keras 2, for which Keras 3 has layers, is the one that tfjs-layers has.
    if (isDescribed(value) && value.config.name === 'legacy_hard_sigmoid') return 'hard_sigmoid'
    const known = ACTIVATIONS[String(value)]
    if (known === undefined) problem(`its activation ${JSON.stringify(value)} is another one there`)
    return known
  }
  if (isLayer(value)) return downgradeLayer(value, problems)
  if (Array.isArray(value) && value.some(isLayer)) return value.map((one) => downgradeLayer(one, problems))
  if (!isDescribed(value)) return value
  const rule = Object.hasOwn(RULES, value.class_name) ? RULES[value.class_name] : undefined
  if (rule !== undefined) return { class_name: rule[0], config: { ...value.config, ...rule[1] } }
  // What a weight began with has no meaning where its value is in the file.
  if (key.endsWith('_initializer')) return { class_name: 'Zeros', config: {} }
  problem(`it has no ${key}=${value.class_name} there`)
  return null
}

// ---- Graphs -------------------------------------------------------------------------------------------

interface Call {
  readonly takes: readonly Reference[]
}

/** Models count a call of their own, from their own inputs, before those in a graph. */
const ownCalls = ({ class_name }: LayerConfig): number =>
  class_name === 'Functional' || class_name === 'Sequential' ? 1 : 0

function functional(config: Config, problems: string[]): Config {
  const layers = config.layers as readonly LayerConfig[]
  const calls = new Map(
    layers.map((layer) => [
      layer.name!,
      (layer.inbound_nodes ?? []).map((node) => callOf(layer, node, problems)),
    ]),
  )
  const order = orderOfCalls(calls)
  const own = new Map(layers.map((layer) => [layer.name!, ownCalls(layer)]))
  /** @param call counted without calls of its own */
  const reference = ([name, call, tensor]: Reference): Reference => {
    const made = order.get(name)!
    return [name, own.get(name)! + Math.max(made.indexOf(call), 0), tensor]
  }
  const edge = ([name, call, tensor]: Reference): Reference => {
    const isFunctional = layers.some((layer) => layer.name === name && layer.class_name === 'Functional')
    return reference([name, isFunctional ? call - 1 : call, tensor])
  }
  return {
    name: config.name,
    layers: layers.map((layer) => ({
      name: layer.name,
      ...downgradeLayer(layer, problems),
      inbound_nodes: order
        .get(layer.name!)!
        .map((call) => calls.get(layer.name!)![call]!.takes.map((one) => [...reference(one), {}])),
    })),
    input_layers: edgesOf(config.input_layers).map(edge),
    output_layers: edgesOf(config.output_layers).map(edge),
  }
}

/** The tensors at an edge of a model, whatever their form; there it is a list. */
function edgesOf(what: unknown): readonly Reference[] {
  if (Array.isArray(what) && typeof what[0] === 'string') return [what as unknown as Reference]
  return Object.values(what as object).flatMap(edgesOf)
}

/** States of recurrent layers stand behind their input. */
function callOf(
  layer: LayerConfig,
  { args, kwargs }: NonNullable<LayerConfig['inbound_nodes']>[number],
  problems: string[],
): Call {
  const { initial_state: states = [], ...options } = kwargs
  const label = `${layer.class_name} "${layer.name}"`
  for (const [key, value] of Object.entries(options)) {
    if (value !== null) problems.push(`${label}: it is called with ${key}, which is not known there.`)
  }
  const takes = [args, states].flat(Number.POSITIVE_INFINITY).map((tensor) => {
    const { class_name, config } = tensor as { class_name?: string; config?: { keras_history: Reference } }
    return class_name === '__keras_tensor__' ? config!.keras_history : undefined
  })
  return { takes: takes.filter((one) => one !== undefined) }
}

/**
 * The calls of each layer in the order in which tfjs-layers makes them: it passes through the layers again and again, and
 * makes what it has the inputs of. It counts them in that order, not in that of the file.
 */
function orderOfCalls(calls: ReadonlyMap<string, readonly Call[]>): ReadonlyMap<string, readonly number[]> {
  const order = new Map([...calls].map(([name]) => [name, [] as number[]]))
  const isThere = ([name, call]: Reference): boolean =>
    calls.get(name)?.length === 0 || order.get(name)?.includes(call) === true
  for (let before = -1, made = 0; made > before; ) {
    before = made
    for (const [name, own] of calls) {
      const done = order.get(name)!
      own.forEach(({ takes }, at) => {
        if (done.includes(at) || !takes.every(isThere)) return
        done.push(at)
        made++
      })
    }
  }
  return order
}
