import {
  compileConfig,
  type LayerConfig,
  type Model,
  type ModelConfig,
  modelFromConfig,
  toConfig,
} from '@fn/core'
import { compileAs, compileText, readState, warnOf } from './compile-as.ts'
import { explained, KerasFileError } from './errors.ts'
import { readHdf5, writeHdf5 } from './hdf5.ts'
import { jsonText, parseJson } from './json.ts'
import type { LoadOptions } from './keras-file.ts'
import { KERAS_VERSION } from './keras-version.ts'
import { BACKEND, legacyParts, readLegacyOptimizer, readLegacyWeights } from './legacy-weights.ts'
import { upgradeCompile, upgradeModel } from './upgrade.ts'
import { heard } from './warnings.ts'

// A whole model in one HDF5 file: its config is an attribute. The names of layers and classes are those of Keras 3, with the
// modules that its own `.h5` files leave out, so that it also finds the operations on tensors again.

/**
 * A model as the bytes of a `.h5` file, which Keras 3 loads with `keras.models.load_model`: the graph, the weights and, of a
 * compiled model, the optimizer, the losses and the metrics. A training goes on from there with a new state of the optimizer;
 * `modelToKeras` keeps the one that there was.
 *
 * @throws ConfigError for a layer that can not be written, such as a lambda layer
 * @throws KerasFileError for layers that stand in several models, and for indices with `...`, naming all of them at once
 * @throws FnError while a step of training runs
 * @example
 * const bytes = await modelToH5(classifier)
 */
export async function modelToH5(model: Model): Promise<Uint8Array> {
  await model.compiled?.pull()
  const { class_name, config } = expectSayable(toConfig(model))
  const compile = compileConfig(model)
  const attributes = {
    keras_version: KERAS_VERSION,
    backend: BACKEND,
    model_config: jsonText({ class_name, config }),
    ...(compile && { training_config: compileText('optimizer_config', compile) }),
  }
  return writeHdf5([{ path: '', attributes }, ...legacyParts(model)])
}

/** @throws KerasFileError for what Keras would read as something else, or not at all, all at once */
function expectSayable(model: ModelConfig): ModelConfig {
  const problems = new Set<string>()
  JSON.stringify(model, (_key, value: Partial<LayerConfig> | null) => {
    const label = `${value?.class_name} "${value?.config?.name}"`
    if (value?.shared_object_id !== undefined && value.class_name !== 'InputLayer')
      problems.add(`${label}: it stands in several models, of which Keras would make several layers.`)
    if (JSON.stringify(value?.inbound_nodes ?? []).includes('"__ellipsis__"'))
      problems.add(`${label}: Keras does not read an index with "..." from there.`)
    return value
  })
  if (problems.size === 0) return model
  throw new KerasFileError(
    `The model can not be written as a .h5 file; a .keras file holds it.\n${[...problems].join('\n')}`,
  )
}

/** The model in the bytes of a `.h5` file, of any version of Keras. @throws KerasFileError */
export function modelFromH5(bytes: Uint8Array, options: LoadOptions): Promise<Model> {
  return readHdf5(bytes, (file) =>
    explained(() => {
      const json = (name: string): unknown => {
        const text = file.attribute('', name)
        return typeof text === 'string' ? parseJson(new TextEncoder().encode(text), name) : undefined
      }
      const config = json('model_config')
      if (config === undefined)
        throw new KerasFileError('The HDF5 file has no model_config: it holds weights, and no model.')
      const version = file.attribute('', 'keras_version')
      const model = modelFromConfig(
        upgradeModel(config, typeof version === 'string' ? version : undefined),
        heard(options),
      )
      readLegacyWeights(model, file)
      if (options.backend !== undefined) {
        const problems: string[] = []
        compileAs(model, upgradeCompile(json('training_config')), options, problems)
        readState(problems, () => readLegacyOptimizer(model, file))
        warnOf(problems, options)
      }
      return model
    }),
  )
}
