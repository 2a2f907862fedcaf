import type { Layer, Model } from '@fn/core'
import { modelFromConfig } from '@fn/core'
import { compileAs } from './compile-as.ts'
import { explained, KerasFileError } from './errors.ts'
import { parseJson } from './json.ts'
import type { LoadOptions } from './keras-file.ts'
import { inOrder } from './legacy-weights.ts'
import { upgradeCompile, upgradeModel } from './upgrade.ts'

// What tfjs-layers saves: model.json, and weights one behind the other in binary files beside it.

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
    const model = modelFromConfig(upgradeModel(config), options)
    assign(model, weightsIn(manifestsOf(topology), files))
    const training = topology.trainingConfig ?? modelTopology?.training_config
    if (options.backend !== undefined) compileAs(model, upgradeCompile(training), options)
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
