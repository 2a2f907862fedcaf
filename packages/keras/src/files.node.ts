import { createHash } from 'node:crypto'
import { open, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
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
  const files = await filesOf(model, path)
  const target = await targetOf(resolve(path))
  // One after the other, so that none removes what another is about to refer to.
  const turn = (saving.get(target) ?? Promise.resolve()).then(() => replace(files, target))
  const settled = turn.catch(() => undefined)
  saving.set(target, settled)
  try {
    await turn
  } finally {
    if (saving.get(target) === settled) saving.delete(target)
  }
}

/** The last save to each file that is under way. */
const saving = new Map<string, Promise<void>>()

async function replace(files: readonly File[], target: string): Promise<void> {
  if (files.length === 1) return writeAtomically(files)
  const before = await referred(target)
  await writeAtomically(files)
  await removeUnreferred(dirname(target), before)
  // Another process may have removed the same weights just then.
  const weights = files.slice(0, -1)
  const there = await Promise.all(
    weights.map(({ path }) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  await writeAtomically(weights.filter((_, at) => !there[at]))
}

interface File {
  readonly path: string
  readonly bytes: Uint8Array
}

async function filesOf(model: Model, path: string): Promise<readonly File[]> {
  if (/\.(h5|hdf5)$/.test(path)) return [{ path, bytes: await modelToH5(model) }]
  if (!path.endsWith('.json')) return [{ path, bytes: await modelToKeras(model) }]
  // The weights lie where the json is read from, under names of their content: the old json keeps its old weights.
  const folder = dirname(await targetOf(path))
  const written = Object.entries(await modelToTfjs(model))
  const weights = written.filter(([name]) => name !== 'model.json')
  const hash = createHash('sha256')
  for (const [, bytes] of weights) hash.update(bytes)
  const key = hash.digest('hex').slice(0, 16)
  const named = (name: string): string => name.replace('group1-', `group1-${key}-`)
  const text = new TextDecoder().decode(written.at(-1)![1])
  const json = JSON.parse(text) as { weightsManifest: readonly { paths: readonly string[] }[] }
  const manifest = json.weightsManifest.map((group) => ({ ...group, paths: group.paths.map(named) }))
  return [
    ...weights.map(([name, bytes]) => ({ path: join(folder, named(name)), bytes })),
    { path, bytes: withManifest(text, manifest) },
  ]
}

/** Replaces the manifest, which stands last, in the text: numbers like 1.0 stay as they are written. */
function withManifest(text: string, manifest: unknown): Uint8Array {
  const at = text.lastIndexOf('"weightsManifest":')
  return new TextEncoder().encode(`${text.slice(0, at)}"weightsManifest":${JSON.stringify(manifest)}}`)
}

let writes = 0

/** Beside the file, on disk, and only then in its place: each file is the old one or the new one, whole. */
async function writeAtomically(files: readonly File[]): Promise<void> {
  for (const { path, bytes } of files) {
    const target = await targetOf(path)
    const mode = await stat(target).then(
      ({ mode }) => mode & 0o7777,
      () => undefined,
    )
    const folder = dirname(target)
    const beside = join(folder, `.${basename(target)}.${process.pid}-${writes++}`)
    try {
      await writeToDisk(beside, bytes, mode)
      await rename(beside, target)
    } catch (error) {
      await rm(beside, { force: true })
      throw error
    }
    await syncFolder(folder)
    await removeOrphans(folder, basename(target))
  }
}

/** The file that symbolic links lead to, so that they stay links; one that leads nowhere yet is made there. */
async function targetOf(path: string): Promise<string> {
  const link = await readlink(path).catch(() => undefined)
  if (link === undefined) return path
  return targetOf(resolve(dirname(path), link))
}

/** Removes what saves of processes that have ended since left beside a file. */
async function removeOrphans(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const match = entry.startsWith(`.${name}.`) && /^(\d+)-\d+$/.exec(entry.slice(name.length + 2))
    if (match && !isRunning(Number(match[1]))) await rm(join(folder, entry), { force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, for somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The files of weights that a model.json refers to; none if there is no such file. */
const referred = (json: string): Promise<readonly string[]> =>
  readFile(json)
    .then(weightFiles)
    .catch(() => [])

/**
 * Removes files of weights that fn wrote and that no json of a folder refers to: those of the file that was replaced, and
 * what killed saves left there.
 */
async function removeUnreferred(folder: string, before: readonly string[]): Promise<void> {
  const entries = await readdir(folder)
  const jsons = entries.filter((entry) => entry.endsWith('.json')).map((entry) => join(folder, entry))
  const used = new Set((await Promise.all(jsons.map(referred))).flat())
  for (const entry of entries.filter((name) => OWN_WEIGHTS.test(name) && !used.has(name))) {
    const path = join(folder, entry)
    // Another process may be about to refer to a new one.
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (before.includes(entry) || age > HOUR) await rm(path, { force: true })
  }
}

const HOUR = 3_600_000

/** Names by content, which nobody else writes. */
const OWN_WEIGHTS = /^group1-[0-9a-f]{16}-shard\d+of\d+\.bin$/

async function writeToDisk(path: string, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  const file = await open(path, 'wx')
  try {
    // Not when it is opened, where the umask would take a part of it.
    if (mode !== undefined) await file.chmod(mode)
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
  // Where the path is a link, the weights lie beside the file or beside the link.
  const target = await targetOf(path)
  const readWeights = (name: string): Promise<Uint8Array> =>
    readFile(join(dirname(target), name)).catch((error) => {
      if (target === path) throw error
      return readFile(join(dirname(path), name))
    })
  const files = await Promise.all(weightFiles(bytes).map(readWeights))
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
