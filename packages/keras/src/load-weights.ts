import { type Layer, type Model, type ModelConfig, modelFromConfig } from '@fn/core'
import { explained, KerasFileError } from './errors.ts'
import { type Hdf5, readHdf5 } from './hdf5.ts'
import { parseJson } from './json.ts'
import type { LoadOptions } from './keras-file.ts'
import { listOf, rootOf, under, weightsAt } from './legacy-weights.ts'
import { isBeforeKeras3, upgradeModel } from './upgrade.ts'
import { heard } from './warnings.ts'
import { assignAll, type Expected, expectedIn } from './weights.ts'

export interface LoadWeightsOptions {
  /**
   * Whether layers take the weights that have their names in the file, and all other layers keep theirs. By default all layers
   * with weights take those of the file in its order. Only for files that have names, which those with the suffix `.weights.h5`
   * have not.
   */
  readonly byName?: boolean
  /** Whether a layer whose weights differ in number or shape keeps its own, with a warning; by default that is an error. */
  readonly skipMismatch?: boolean
  /** Is told, in one message, which layers were skipped. By default console.warn. */
  readonly onWarning?: (message: string) => void
}

/** What one layer takes from a file, and what does not fit. */
interface LayerWeights {
  readonly expected: readonly Expected[]
  readonly problems: readonly string[]
}

/**
 * Gives a model the weights in the bytes of an HDF5 file that holds weights, as `save_weights` of Keras writes them
 * (`.weights.h5`, or `.h5` before Keras 3), or a whole model. Unless layers are skipped,
 * all weights are read before the first one changes.
 *
 * @throws KerasFileError for weights that are missing or do not fit, naming all of them at once
 * @example
 * const features = modelFromJson(await (await fetch('architecture.json')).text())
 * await weightsFromH5(features, bytes, { byName: true, skipMismatch: true })
 */
export function weightsFromH5(
  model: Model,
  bytes: Uint8Array,
  options: LoadWeightsOptions = {},
): Promise<void> {
  const { byName = false, skipMismatch = false } = options
  return readHdf5(bytes, (file) =>
    explained(() => {
      const names = listOf(file, rootOf(file), 'layer_names')
      if (names.length === 0 && byName)
        throw new KerasFileError(
          'Expected a file with the names of layers for byName. Received one that has its weights by classes and numbers: load them without byName.',
        )
      const all = names.length === 0 ? byPath(model, file) : byLayer(model, file, names, byName)
      if (skipMismatch) assignFitting(file, all, heard(options).onWarning)
      else
        assignAll(
          file,
          all.flatMap(({ expected }) => expected),
          all.flatMap(({ problems }) => problems),
        )
    }),
  )
}

/** Gives each layer its weights, all or none, and says in one warning which have none. */
function assignFitting(
  file: Hdf5,
  layers: readonly LayerWeights[],
  onWarning: (message: string) => void,
): void {
  const skipped = layers.flatMap(({ expected, problems }) => {
    try {
      assignAll(file, expected, [...problems])
      return []
    } catch (error) {
      if (!(error instanceof KerasFileError)) throw error
      return error.message.split('\n').slice(1)
    }
  })
  if (skipped.length > 0) onWarning(`The weights of these layers were skipped:\n${skipped.join('\n')}`)
}

/** The layers of a file of Keras 3, which has weights by their place in the model. */
function byPath(model: Model, file: Hdf5): readonly LayerWeights[] {
  const problems: string[] = []
  const groups = new Map<string, Expected[]>()
  for (const one of expectedIn(model, file, problems)) {
    const layer = one.path.slice(0, one.path.lastIndexOf('/'))
    groups.set(layer, [...(groups.get(layer) ?? []), one])
  }
  const layers = [...groups.values()].map((expected) => ({ expected, problems: [] }))
  return problems.length > 0 ? [...layers, { expected: [], problems }] : layers
}

/** The layers of a file that lists them, by their names or in its order. */
function byLayer(
  model: Model,
  file: Hdf5,
  names: readonly string[],
  byName: boolean,
): readonly LayerWeights[] {
  const root = rootOf(file)
  const found = names
    .map((name) => ({ name, weights: listOf(file, under(root, name), 'weight_names') }))
    .filter(({ weights }) => weights.length > 0)
  const { layers, layerOrder = layers } = model
  const own = layerOrder.filter(({ weights }) => weights.length > 0)
  if (byName)
    return own.flatMap((layer) => {
      const source = found.find(({ name }) => name === layer.name)
      return source === undefined ? [] : [pair(file, layer, under(root, source.name))]
    })
  if (found.length !== own.length)
    throw new KerasFileError(
      `Expected the weights of ${own.length} layers. Received: ${found.length}. With byName those of the same name are loaded.`,
    )
  return own.map((layer, i) => pair(file, layer, under(root, found[i]!.name)))
}

function pair(file: Hdf5, layer: Layer<unknown>, path: string): LayerWeights {
  const problems: string[] = []
  return { expected: weightsAt(layer, file, path, problems), problems }
}

/**
 * The model in an architecture that Keras wrote with `model.to_json()`, with new weights.
 *
 * @throws KerasFileError for what is no architecture, or holds what is not understood, naming all of it at once
 * @example
 * const model = modelFromJson(text)
 * await weightsFromH5(model, bytes)
 */
export function modelFromJson(
  json: string | Uint8Array,
  options: Pick<LoadOptions, 'customObjects' | 'onWarning'> = {},
): Model {
  return explained(() => {
    const bytes = typeof json === 'string' ? new TextEncoder().encode(json) : json
    const config = parseJson(bytes, 'The architecture') as
      | (ModelConfig & { readonly keras_version?: string })
      | null
    // Keras 3 says of each class where it is, and no version.
    const isOld = config?.module === undefined || config?.keras_version !== undefined
    const version = config?.keras_version
    const current = isOld && isBeforeKeras3(version) ? upgradeModel(config, version) : config!
    return modelFromConfig(current, heard(options))
  })
}
