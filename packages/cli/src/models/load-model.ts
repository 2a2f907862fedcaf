import { type Backend, type CustomObjects, type LayerClass, Model } from '@fn/core'
import { KerasFileError, loadModel as loadKerasModel, modelFromKeras } from '@fn/keras'
import { CommandError, ofFile } from '../errors.ts'
import { read, STANDARD } from '../files/read.ts'
import { loadModule } from './load-module.ts'

export interface LoadOptions {
  /** A module whose exports are the layers and functions that a file names and fn does not know. */
  readonly custom?: string
}

const MODULE = /\.[mc]?[jt]sx?$/

/** What `fn` takes for a model, for sentences. */
export const MODELS = 'a .keras, .h5 or model.json file, or a .js or .ts module that exports a model'

/**
 * The model of a file, of stdin (`-`), or of a module: its default export, the one that `#name` names, or the only one.
 *
 * @param backend with it the model of a file is compiled as it was
 * @throws CommandError for a file that holds no model, or a damaged one
 */
export async function loadModel(
  source: string,
  options: LoadOptions = {},
  backend?: Backend,
): Promise<Model> {
  const [path, name] = split(source)
  if (isModule(path)) return exportedModel(await loadModule(path), path, name)
  const bytes = await read(path)
  const kind = kindOf(path, bytes)
  if (kind === 'onnx')
    throw new CommandError(`Expected ${MODELS}. Received something else: ${labelOf(path)}.`)
  return modelOf(kind, bytes, path, options, backend)
}

export const isModule = (source: string): boolean => MODULE.test(split(source)[0])

/** What files hold, by how they begin; where that tells nothing, by their names. ONNX files have no beginning of their own. */
export function kindOf(path: string, bytes: Uint8Array): 'keras' | 'tfjs' | 'onnx' {
  const isOf = (...beginning: readonly number[]): boolean => beginning.every((byte, at) => bytes[at] === byte)
  const [zip, hdf5] = [isOf(0x50, 0x4b), isOf(0x89, 0x48, 0x44, 0x46)]
  if (zip || hdf5) return 'keras'
  if (bytes.find((byte) => byte > 0x20) === BRACE) return 'tfjs'
  return /\.(keras|h5|hdf5)$/.test(path) ? 'keras' : 'onnx'
}

/** { */
const BRACE = 0x7b

/** The model in a file. @throws CommandError for a damaged one, or one that holds what fn does not know */
export async function modelOf(
  kind: 'keras' | 'tfjs',
  bytes: Uint8Array,
  path: string,
  { custom }: LoadOptions,
  backend?: Backend,
): Promise<Model> {
  const label = labelOf(path)
  if (kind === 'tfjs' && path === STANDARD)
    throw new CommandError('The weights of a model.json lie beside it: expected its path. Received: stdin.')
  const options = {
    customObjects: custom === undefined ? {} : byName(await loadModule(custom)),
    ...(backend && { backend }),
    onWarning: (message: string) => void process.stderr.write(`${label}: ${message}\n`),
  }
  try {
    return await (kind === 'tfjs' ? loadKerasModel(path, options) : modelFromKeras(bytes, options))
  } catch (error) {
    if (!(error instanceof KerasFileError))
      throw ofFile('read', (error as { path?: string }).path ?? path, error)
    const hint =
      custom === undefined && error.message.includes('customObjects')
        ? ' With --custom MODULE they are the exports of a module.'
        : ''
    throw new CommandError(`${label}: ${error.message}${hint}`, { cause: error })
  }
}

/** Exports under the names that files have for them: of a class its own, of a function that of the export. */
function byName(exports: Readonly<Record<string, unknown>>): CustomObjects {
  return Object.fromEntries(
    Object.entries(exports).map(([name, value]) => {
      const { className = name } = value as Partial<LayerClass>
      return [className, value as LayerClass]
    }),
  )
}

/** How a source is called in sentences. */
export const labelOf = (path: string): string => (path === STANDARD ? 'stdin' : path)

/** model.ts#encoder is the export `encoder` of model.ts. */
function split(source: string): readonly [string, string | undefined] {
  const at = source.lastIndexOf('#')
  if (at < 0 || !MODULE.test(source.slice(0, at))) return [source, undefined]
  return [source.slice(0, at), source.slice(at + 1)]
}

function exportedModel(
  exports: Readonly<Record<string, unknown>>,
  path: string,
  name: string | undefined,
): Model {
  const models = Object.entries(exports).filter(
    (entry): entry is [string, Model] => entry[1] instanceof Model,
  )
  const names = models.map(([key]) => key)
  const wanted = name ?? (names.includes('default') || models.length !== 1 ? 'default' : names[0]!)
  const found = models.find(([key]) => key === wanted)
  if (found !== undefined) return found[1]
  if (isForeignModel(exports[wanted]))
    throw new CommandError(
      `${path} makes its model with another copy of @fn/core than this fn has: install @fn/cli beside it.`,
    )
  const there = names.length === 0 ? 'none' : `${names.map((key) => `${path}#${key}`).join(', ')}`
  throw new CommandError(
    name === undefined
      ? `${path}: expected a model as the default export, or one alone. Models that it exports: ${there}.`
      : `${path}: expected a model as the export "${name}". Models that it exports: ${there}.`,
  )
}

/** What looks like a model and is none of ours. */
const isForeignModel = (value: unknown): boolean =>
  (typeof value === 'function' || typeof value === 'object') &&
  value !== null &&
  ['graph', 'inputPorts', 'outputPorts'].every((key) => key in value)
