import {
  type Backend,
  type CompileConfig,
  type CustomObjects,
  compileConfig,
  type Model,
  type ModelConfig,
  modelFromConfig,
  toConfig,
} from '@fn/core'
import { compileAs, compileText, readState, warnOf } from './compile-as.ts'
import { explained, KerasFileError } from './errors.ts'
import { modelFromH5 } from './h5-file.ts'
import { type Hdf5, readHdf5, writeHdf5 } from './hdf5.ts'
import { jsonText, parseJson } from './json.ts'
import { KERAS_VERSION } from './keras-version.ts'
import { isBeforeKeras3, upgradeModel } from './upgrade.ts'
import { heard } from './warnings.ts'
import { readTrainingState, readWeights, weightParts } from './weights.ts'
import { readZip, writeZip } from './zip.ts'

const METADATA = 'metadata.json'
const CONFIG = 'config.json'
const WEIGHTS = 'model.weights.h5'

/** More text than any model needs. */
const LARGEST_CONFIG = 2 ** 26
/** What the memory of the HDF5 library holds. */
const LARGEST_WEIGHTS = 2 ** 31

export interface LoadOptions {
  /** What becomes of `training=True` at calls: 'keep', the default, or 'ignore', as Keras's own fit and predict do. */
  readonly trainingCalls?: 'keep' | 'ignore'
  /** With it the model is compiled as it was when it was saved, and its training goes on where it ended. */
  readonly backend?: Backend
  /** What fn does not know, by the name in the file: classes of layers, and functions of losses and metrics. */
  readonly customObjects?: CustomObjects
  /**
   * Is told what was dropped or is computed in another way than in Keras: of the training all in one message. By default
   * console.warn.
   */
  readonly onWarning?: (message: string) => void
}

/** What Keras does not read: where the random values of training stand. */
interface TrainingRecord {
  readonly seed: number
  readonly draws: number
}

interface Metadata {
  readonly keras_version: string
  readonly date_saved: string
  readonly fn?: TrainingRecord
}

/**
 * A model as the bytes of a `.keras` file, which Keras 3 loads with `keras.models.load_model`: the graph, the weights and,
 * of a compiled model, the optimizer with its state, the losses and the metrics.
 *
 * @throws ConfigError for a layer that can not be written, such as a lambda layer
 * @throws FnError while a step of training runs
 * @example
 * const bytes = await modelToKeras(classifier)
 */
export async function modelToKeras(model: Model): Promise<Uint8Array> {
  const { compiled } = model
  await compiled?.pull()
  const compile = compileConfig(model)
  const config = configText(toConfig(model), compile)
  const metadata: Metadata = {
    keras_version: KERAS_VERSION,
    date_saved: new Date().toISOString().slice(0, 19).replace('T', '@'),
    ...(compiled && { fn: { seed: compiled.seed, draws: compiled.draws } }),
  }
  const encoder = new TextEncoder()
  return writeZip({
    [METADATA]: encoder.encode(JSON.stringify(metadata)),
    [CONFIG]: encoder.encode(config),
    [WEIGHTS]: await writeHdf5(weightParts(model)),
  })
}

function configText(model: ModelConfig, compile: CompileConfig | undefined): string {
  const text = jsonText(model)
  return compile === undefined
    ? text
    : `${text.slice(0, -1)},"compile_config":${compileText('optimizer', compile)}}`
}

/**
 * The model in the bytes of a `.keras` file, or of a `.h5` file as older versions of Keras write them. With a backend it is
 * compiled as it was, and goes on training from the state that the file has.
 *
 * @throws KerasFileError for a file that is damaged or hostile, or that holds layers, options or weights that are not
 *   understood, naming all of them at once
 * @example
 * const classifier = await modelFromKeras(bytes, { backend: await tfjs('wasm') })
 */
export async function modelFromKeras(bytes: Uint8Array, options: LoadOptions = {}): Promise<Model> {
  return isHdf5(bytes) ? modelFromH5(bytes, options) : fromZip(bytes, options)
}

const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

const isHdf5 = (bytes: Uint8Array): boolean => HDF5_SIGNATURE.every((byte, at) => bytes[at] === byte)

async function fromZip(bytes: Uint8Array, options: LoadOptions): Promise<Model> {
  const zip = explained(() => readZip(bytes))
  const json = (name: string): unknown => explained(() => parseJson(zip.read(name, LARGEST_CONFIG), name))
  const metadata = json(METADATA) as Partial<Metadata> | null
  const config = json(CONFIG) as ModelConfig & { readonly compile_config?: CompileConfig | null }
  const version = metadata?.keras_version
  const current = explained(() =>
    version !== undefined && isBeforeKeras3(version) ? upgradeModel(config, version) : config,
  )
  const model = explained(() => modelFromConfig(current, heard(options)))
  const weights = zip.read(WEIGHTS, LARGEST_WEIGHTS)
  return readHdf5(weights, (file) =>
    explained(() => {
      readWeights(model, file)
      if (options.backend !== undefined) resume(model, file, config?.compile_config, metadata, options)
      return model
    }),
  )
}

/** Compiles a model as a file says, and gives it the state of its training. */
function resume(
  model: Model,
  file: Hdf5,
  config: CompileConfig | null | undefined,
  metadata: Partial<Metadata> | null,
  options: LoadOptions,
): void {
  const { seed, draws } = recordOf(metadata?.fn)
  const problems: string[] = []
  compileAs(model, config, options, problems, seed)
  if (draws !== undefined) model.compiled!.draws = draws
  const version = metadata?.keras_version
  const hasRate = version === undefined || !isBeforeKeras3(version)
  readState(problems, () => readTrainingState(model, file, hasRate))
  warnOf(problems, options)
}

function recordOf(record: Partial<TrainingRecord> = {}): Partial<TrainingRecord> {
  for (const value of [record?.seed, record?.draws]) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw new KerasFileError(
        `${METADATA}: expected whole numbers as seed and draws. Received: ${JSON.stringify(value)}.`,
      )
  }
  return record ?? {}
}
