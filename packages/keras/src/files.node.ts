import { open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Model } from '@fn/core'
import { modelToH5 } from './h5-file.ts'
import { type LoadOptions, modelFromKeras, modelToKeras } from './keras-file.ts'
import { type LoadWeightsOptions, weightsFromH5 } from './load-weights.ts'
import { modelFromTfjs, modelToTfjs, weightFiles } from './tfjs-file.ts'

/**
 * Saves a model as a `.keras` file, which Keras 3 loads too. Under a name that ends in `.h5` it becomes an older file of Keras,
 * and under one that ends in `.json` a model for tfjs-layers, with its weights beside it; these do not keep the state of a
 * training. Whoever reads `path` meanwhile, and whatever goes wrong, finds the old file whole or the new one whole.
 *
 * @throws ConfigError for a layer that can not be written, such as a lambda layer; then nothing is written
 * @throws KerasFileError for what an older file or tfjs-layers has not; then nothing is written
 * @example
 * await classifier.fit(x, y, { epochs: 3 })
 * await saveModel(classifier, 'classifier.keras')
 */
export async function saveModel(model: Model, path: string): Promise<void> {
  await writeAtomically(await filesOf(model, path))
}

interface File {
  readonly path: string
  readonly bytes: Uint8Array
}

async function filesOf(model: Model, path: string): Promise<readonly File[]> {
  if (/\.(h5|hdf5)$/.test(path)) return [{ path, bytes: await modelToH5(model) }]
  if (!path.endsWith('.json')) return [{ path, bytes: await modelToKeras(model) }]
  return Object.entries(await modelToTfjs(model)).map(([name, bytes]) => ({
    path: name === 'model.json' ? path : join(dirname(path), name),
    bytes,
  }))
}

let writes = 0

/** Beside the files, on disk, and only then in their places, in the order that they have. */
async function writeAtomically(files: readonly File[]): Promise<void> {
  const written = files.map(({ path, bytes }) => ({
    path,
    bytes,
    beside: join(dirname(path), `.${basename(path)}.${process.pid}-${writes++}`),
  }))
  try {
    for (const { beside, bytes } of written) await writeToDisk(beside, bytes)
    for (const { beside, path } of written) await rename(beside, path)
  } catch (error) {
    for (const { beside } of written) await rm(beside, { force: true })
    throw error
  }
  await syncFolder(dirname(files[0]!.path))
}

async function writeToDisk(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** That the name is on disk too; not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  try {
    await handle?.sync().catch(() => undefined)
  } finally {
    await handle?.close()
  }
}

/**
 * Loads a model from a `.keras` file, from a `.h5` file of Keras, or from a model.json of tfjs-layers with its weights beside
 * it. With a backend it is compiled as it was, and a model of a `.keras` file goes on training where it ended: 3 epochs, a new
 * process and 2 more are the same weights, bit for bit, as 5 in one go on the same engine.
 *
 * @throws KerasFileError for a file that is damaged or hostile, or that holds layers, options or weights that are not
 *   understood, naming all of them at once
 * @example
 * const classifier = await loadModel('classifier.keras', { backend: await tfjs('wasm') })
 * await classifier.fit(x, y, { initialEpoch: 3, epochs: 5 })
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<Model> {
  const bytes = await readFile(path)
  if (bytes.find((byte) => byte > 0x20) !== BRACE) return modelFromKeras(bytes, options)
  const files = await Promise.all(weightFiles(bytes).map((name) => readFile(join(dirname(path), name))))
  return modelFromTfjs(bytes, files, options)
}

/**
 * Gives a model the weights in an HDF5 file, as `load_weights` of Keras does: in the order of the file, or with `byName` those
 * of the layers that have a name in it.
 *
 * @throws KerasFileError for weights that are missing or do not fit, naming all of them at once; then none has changed
 * @example
 * await loadWeights(classifier, 'pretrained.h5', { byName: true, skipMismatch: true })
 */
export async function loadWeights(
  model: Model,
  path: string,
  options: LoadWeightsOptions = {},
): Promise<void> {
  await weightsFromH5(model, await readFile(path), options)
}

/** { */
const BRACE = 0x7b
