import { compileConfig, type Layer, Model, modelFromConfig, toConfig, type Variable } from '@fn/core'
import { compileAs, compileText, warnOf } from './compile-as.ts'
import { downgradeModel } from './downgrade.ts'
import { explained, KerasFileError } from './errors.ts'
import { parseJson } from './json.ts'
import type { LoadOptions } from './keras-file.ts'
import { KERAS_VERSION } from './keras-version.ts'
import { BACKEND, inOrder } from './legacy-weights.ts'
import { LAYERS, withoutDirection } from './tfjs-layers.ts'
import { upgradeCompile, upgradeModel } from './upgrade.ts'
import { heard } from './warnings.ts'

// What tfjs-layers saves: model.json, and weights one behind the other in binary files beside it.

const JSON_FILE = 'model.json'
/** How large a file of weights becomes. */
const SHARD = 4 * 2 ** 20

interface Quantization {
  readonly dtype: 'uint8' | 'uint16' | 'float16'
  readonly scale?: number
  readonly min?: number
}

interface WeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
  readonly quantization?: Quantization
}

interface Manifest {
  readonly paths: readonly string[]
  readonly weights: readonly WeightSpec[]
}

interface Topology {
  readonly modelTopology?: { readonly model_config?: unknown; readonly training_config?: unknown }
  readonly trainingConfig?: unknown
  readonly weightsManifest?: readonly Manifest[]
}

// ---- Out ----------------------------------------------------------------------------------------------

/**
 * A model as the files of tfjs-layers, by their names: binary ones with the weights, and `model.json`, the last one, for
 * `loadLayersModel`. How the model was compiled stands there for fn and Keras; tfjs-layers reads the model alone.
 *
 * @throws KerasFileError for layers and options that tfjs-layers has not, naming all of them at once
 * @throws ConfigError for a layer that can not be written, such as a lambda layer
 * @throws FnError while a step of training runs
 * @example
 * for (const [name, bytes] of Object.entries(await modelToTfjs(classifier))) await writeFile(join('public', name), bytes)
 */
export async function modelToTfjs(model: Model): Promise<Readonly<Record<string, Uint8Array>>> {
  await model.compiled?.pull()
  const { config, problems } = downgradeModel(toConfig(model))
  const { names, doubled } = namesOfWeights(model)
  const all = [...problems, ...maskProblems(model), ...doubled]
  if (all.length > 0)
    throw new KerasFileError(
      `The model can not be written for tfjs-layers; a .keras file holds it.\n${[...new Set(all)].join('\n')}`,
    )
  const weights = model.layers.flatMap((layer) => inOrder(layer.weights).map(({ variable }) => variable))
  const bytes = joined(weights.map(bytesOf))
  const count = Math.max(1, Math.ceil(bytes.length / SHARD))
  const shards = Array.from({ length: count }, (_, at) => ({
    path: `group1-shard${at + 1}of${count}.bin`,
    bytes: bytes.slice(at * SHARD, (at + 1) * SHARD),
  }))
  const specs = weights.map(
    (variable): WeightSpec => ({
      name: names.get(variable)!,
      shape: variable.shape,
      dtype: variable.dtype,
    }),
  )
  const compile = compileConfig(model)
  const json = {
    format: 'layers-model',
    generatedBy: `keras v${KERAS_VERSION}`,
    convertedBy: 'fn',
    modelTopology: {
      keras_version: KERAS_VERSION,
      backend: BACKEND,
      model_config: config,
      ...(compile && { training_config: JSON.parse(compileText('optimizer_config', compile)) }),
    },
    weightsManifest: [{ paths: shards.map(({ path }) => path), weights: specs }],
  }
  return {
    ...Object.fromEntries(shards.map((shard) => [shard.path, shard.bytes])),
    [JSON_FILE]: new TextEncoder().encode(JSON.stringify(json)),
  }
}

function bytesOf({ data }: Variable): Uint8Array {
  const { buffer, byteOffset, byteLength } = data instanceof Float64Array ? Float32Array.from(data) : data
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Layers that give what they hold places of its own below theirs; below the others the weights stand side by side. */
const PLACES: Readonly<Record<string, (layer: Layer<unknown>, at: number) => string>> = {
  Bidirectional: ({ sublayers: [forward] }, at) =>
    `${at === 0 ? 'forward' : 'backward'}_${withoutDirection(forward!.name)}/`,
  StackedRNNCells: (_, at) => `RNNCell_${at}/`,
}

/** What tfjs-layers calls the weights; it finds them by these names, so that no two may have one. */
function namesOfWeights(model: Model): {
  readonly names: ReadonlyMap<Variable, string>
  readonly doubled: readonly string[]
} {
  const names = new Map<Variable, string>()
  const taken = new Set<string>()
  const doubled: string[] = []
  const visit = (layer: Layer<unknown>, place: string): void => {
    if (!(layer instanceof Model) && !Object.hasOwn(LAYERS, layer.className)) return
    for (const variable of layer.ownWeights) {
      if (names.has(variable)) continue
      const name = `${place}${LAYERS[layer.className]?.weights?.[variable.name] ?? variable.name}`
      if (taken.has(name)) doubled.push(`${layer.label}: another layer has this name, in another model.`)
      taken.add(name)
      names.set(variable, name)
    }
    layer.sublayers.forEach((inner, at) => {
      if (layer instanceof Model) visit(inner, `${inner.name}/`)
      else visit(inner, `${place}${PLACES[layer.className]?.(layer, at) ?? ''}`)
    })
  }
  visit(model, '')
  return { names, doubled }
}

/** Calls of layers that do another thing with a mask there, or nothing. */
function maskProblems(model: Model): readonly string[] {
  const own = model.graph.nodes.filter(({ layer, masks }) => {
    if (masks.every((mask) => mask === undefined)) return false
    return (
      !LAYERS[layer.className]?.masked || ('zeroOutputForMask' in layer && layer.zeroOutputForMask === true)
    )
  })
  return [
    ...own.map(({ layer }) => `${layer.label}: it takes no mask there.`),
    ...model.layers.flatMap((layer) => (layer instanceof Model ? maskProblems(layer) : [])),
  ]
}

// ---- In -----------------------------------------------------------------------------------------------

/** The files beside a model.json that its weights are in, in order. @throws KerasFileError for names that lead elsewhere */
export function weightFiles(json: Uint8Array): readonly string[] {
  return explained(() => {
    const names = manifestsOf(read(json)).flatMap(({ paths }) => paths)
    for (const name of names) {
      if (typeof name !== 'string' || !/^[^/\\:\0]+$/.test(name) || name === '..' || name === '.')
        throw new KerasFileError(
          `Expected the name of a file beside model.json. Received: ${JSON.stringify(name)}.`,
        )
    }
    return names
  })
}

const read = (json: Uint8Array): Topology => parseJson(json, 'model.json') as Topology

function manifestsOf({ weightsManifest }: Topology): readonly Manifest[] {
  if (
    !Array.isArray(weightsManifest) ||
    !weightsManifest.every(({ paths, weights }) => Array.isArray(paths) && Array.isArray(weights))
  )
    throw new KerasFileError('model.json: expected a weightsManifest with paths and weights.')
  return weightsManifest
}

/**
 * The model that tfjs-layers saved, from its model.json and the binary files that `weightFiles` names, in their order.
 *
 * @throws KerasFileError for files that are damaged, or that hold what is not understood
 * @example
 * const model = modelFromTfjs(json, await Promise.all(weightFiles(json).map(download)))
 */
export function modelFromTfjs(
  json: Uint8Array,
  files: readonly Uint8Array[],
  options: LoadOptions = {},
): Model {
  return explained(() => {
    const topology = read(json)
    const { modelTopology } = topology
    const config = modelTopology?.model_config ?? modelTopology
    const model = modelFromConfig(upgradeModel(config), heard(options))
    assign(model, weightsIn(manifestsOf(topology), files))
    const training = topology.trainingConfig ?? modelTopology?.training_config
    if (options.backend !== undefined) {
      const problems: string[] = []
      compileAs(model, upgradeCompile(training), options, problems)
      warnOf(problems, options)
    }
    return model
  })
}

interface Named {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array
}

function weightsIn(manifests: readonly Manifest[], files: readonly Uint8Array[]): readonly Named[] {
  let used = 0
  return manifests.flatMap(({ paths, weights }) => {
    const own = files.slice(used, used + paths.length)
    used += paths.length
    if (own.length !== paths.length)
      throw new KerasFileError(`Expected ${paths.length} files of weights. Received: ${own.length}.`)
    const bytes = joined(own)
    let at = 0
    const named = weights.map((spec): Named => {
      const { name, shape } = spec
      if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
        throw new KerasFileError(`"${name}": expected a shape. Received: ${JSON.stringify(shape)}.`)
      const dtype = spec.quantization?.dtype ?? spec.dtype
      const count = shape.reduce((product, size) => product * size, 1)
      const size = count * (BYTES[dtype] ?? Number.NaN)
      if (Number.isNaN(size))
        throw new KerasFileError(`"${name}": numbers of ${JSON.stringify(dtype)} are not supported.`)
      if (at + size > bytes.length) throw new KerasFileError(`"${name}": the files of weights break off.`)
      const data = decode(bytes.slice(at, at + size).buffer, dtype, spec.quantization)
      at += size
      return { name: String(name), shape, data }
    })
    if (at !== bytes.length)
      throw new KerasFileError(`Expected ${at} bytes of weights. Received: ${bytes.length}.`)
    return named
  })
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, uint8: 1, uint16: 2 }

function decode(buffer: ArrayBuffer, dtype: string, quantization: Quantization | undefined): Named['data'] {
  if (dtype === 'float32') return new Float32Array(buffer)
  if (dtype === 'int32') return new Int32Array(buffer)
  const whole = dtype === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer)
  const { scale = 1, min = 0 } = quantization ?? {}
  return Float32Array.from(whole, (value) => value * scale + min)
}

/** Each layer takes what bears its name, or that of a layer inside of it, in the order of the files. */
function assign(model: Model, weights: readonly Named[]): void {
  const problems: string[] = []
  const left = new Set(weights)
  const planned = model.layers.flatMap((layer) => {
    const names = new Set(namesIn(layer))
    const own = weights.filter(({ name }) => name.split('/').some((part) => names.has(part)))
    for (const weight of own) left.delete(weight)
    const variables = inOrder(layer.weights).map(({ variable }) => variable)
    if (own.length !== variables.length) {
      problems.push(`${layer.label}: expected ${variables.length} variables. Received: ${own.length}.`)
      return []
    }
    return variables.map((variable, at) => {
      const { name, shape, data } = own[at]!
      if (shape.join() !== variable.shape.join())
        problems.push(
          `"${name}": expected shape [${variable.shape.join(', ')}]. Received: [${shape.join(', ')}].`,
        )
      return { variable, shape, data }
    })
  })
  for (const { name } of left) problems.push(`"${name}": the model has no layer that it belongs to.`)
  if (problems.length > 0)
    throw new KerasFileError(`The weights do not fit the model.\n${problems.join('\n')}`)
  for (const { variable, shape, data } of planned) variable.assign({ shape, data })
}

const namesIn = (layer: Layer<unknown>): readonly string[] => [
  layer.name,
  ...layer.sublayers.flatMap(namesIn),
]
