import { compileConfig, type Layer, Model, modelFromConfig, toConfig, type Variable } from '@fn/core'
import { compileAs, compileText, warnOf } from './compile-as.ts'
import { downgradeModel } from './downgrade.ts'
import { explained, KerasFileError } from './errors.ts'
import { fromHalf } from './float16.ts'
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
  readonly format?: unknown
  readonly modelTopology?: {
    readonly model_config?: unknown
    readonly training_config?: unknown
    readonly node?: unknown
  }
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
    const names = manifestsOf(read(json))
      .flatMap(({ paths }) => paths)
      // Some download scripts write ./weights.bin.
      .map((name) => (typeof name === 'string' ? name.replace(/^(\.\/)+/, '') : name))
    for (const name of names) {
      if (typeof name !== 'string' || !/^[^/\\:\0]+$/.test(name) || name === '..' || name === '.')
        throw new KerasFileError(
          `Expected the name of a file beside model.json. Received: ${JSON.stringify(name)}.`,
        )
    }
    return names
  })
}

/** @throws KerasFileError for a graph model, which has operations where this one has layers */
function read(json: Uint8Array): Topology {
  const topology = parseJson(json, 'model.json') as Topology
  if (topology.format === 'graph-model' || topology.modelTopology?.node !== undefined)
    throw new KerasFileError(
      'model.json: expected a layers model. Received a graph model, in which TensorFlow keeps operations instead of layers: convert the original again with --output_format=tfjs_layers_model.',
    )
  return topology
}

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
  readonly dtype: string
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
      const data = decode(name, bytes.slice(at, at + size).buffer, spec.dtype, spec.quantization)
      at += size
      return { name: String(name), shape, dtype: spec.dtype, data }
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

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, uint8: 1, uint16: 2, float16: 2 }

/** @throws KerasFileError for integers that stand for floats, without the scale and the minimum that say which */
function decode(
  name: string,
  buffer: ArrayBuffer,
  original: string,
  quantization: Quantization | undefined,
): Named['data'] {
  const dtype = quantization?.dtype ?? original
  if (dtype === 'float32') return new Float32Array(buffer)
  if (dtype === 'int32') return new Int32Array(buffer)
  if (dtype === 'float16') return Float32Array.from(new Uint16Array(buffer), fromHalf)
  const { scale, min } = quantization ?? {}
  if (!Number.isFinite(scale) || !Number.isFinite(min))
    throw new KerasFileError(
      `"${name}": expected numbers as scale and min of ${dtype}. Received: ${JSON.stringify({ scale, min })}.`,
    )
  const integers = dtype === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer)
  const values = Float32Array.from(integers, (value) => value * scale! + min!)
  return original === 'int32' ? Int32Array.from(values, Math.round) : values
}

/**
 * Gives each variable the weight of its name. The order of the files does not count.
 *
 * @throws KerasFileError naming every weight that is unknown, missing, there twice, or of another shape or dtype
 */
function assign(model: Model, weights: readonly Named[]): void {
  const problems: string[] = []
  const found = new Map<Variable, Named>()
  for (const weight of weights) {
    const parts = weight.name.split('/')
    const leaf = parts.pop()!.replace(/:\d+$/, '')
    const layer = holderOf(model, parts)
    const variable = layer && variableOf(layer, leaf)
    if (variable === undefined)
      problems.push(
        layer === undefined
          ? `"${weight.name}": the model has no layer that it belongs to.`
          : `"${weight.name}": ${layer.label} has no weight of this name.`,
      )
    else if (found.has(variable)) problems.push(`"${weight.name}": it stands there twice.`)
    else found.set(variable, weight)
  }
  for (const layer of model.layers)
    for (const { path, variable } of layer.weights) {
      const weight = found.get(variable)
      if (weight === undefined) {
        problems.push(`${layer.label}: "${path}" is missing.`)
        continue
      }
      const { name, shape, dtype } = weight
      if (shape.join() !== variable.shape.join())
        problems.push(
          `"${name}": expected shape [${variable.shape.join(', ')}]. Received: [${shape.join(', ')}].`,
        )
      if (dtype !== variable.dtype)
        problems.push(`"${name}": expected ${variable.dtype}. Received: ${dtype}.`)
    }
  if (problems.length > 0)
    throw new KerasFileError(`The weights do not fit the model.\n${[...new Set(problems)].join('\n')}`)
  for (const [variable, { shape, data }] of found) variable.assign({ shape, data })
}

/**
 * The layer that the path of a weight leads to. The outermost layer that it names decides: cells and wrapped layers of
 * different layers may have the same name, or a number that they do not have here. Nested models need not be named.
 */
function holderOf(layer: Layer<unknown>, parts: readonly string[]): Layer<unknown> | undefined {
  const inner = layer.sublayers
  if (layer instanceof Model) {
    for (const [at, part] of parts.entries()) {
      const named = inner.find(({ name }) => name === part)
      if (named !== undefined) return holderOf(named, parts.slice(at + 1))
    }
    return first(inner, (one) => unnamed(one, parts))
  }
  if (inner.length === 0) return layer
  if (inner.length === 1) return holderOf(inner[0]!, parts)
  for (const [at, part] of parts.entries()) {
    const index = inner.findIndex(
      (one, index) =>
        part === one.name ||
        part === `RNNCell_${index}` ||
        (layer.className === 'Bidirectional' && part.startsWith(index === 0 ? 'forward_' : 'backward_')),
    )
    if (index >= 0) return holderOf(inner[index]!, parts.slice(at + 1))
  }
  return undefined
}

/** Looks into the models in a layer, whose names are left out of the paths of their weights. */
function unnamed(layer: Layer<unknown>, parts: readonly string[]): Layer<unknown> | undefined {
  if (layer instanceof Model) return holderOf(layer, parts)
  return first(layer.sublayers, (one) => unnamed(one, parts))
}

function first<T, R>(list: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}

function variableOf({ className, ownWeights }: Layer<unknown>, leaf: string): Variable | undefined {
  return ownWeights.find(({ name }) => leaf === name || leaf === LAYERS[className]?.weights?.[name])
}
