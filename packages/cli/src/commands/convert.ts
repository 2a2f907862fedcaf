import { stat } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { createReference } from '@fn/backend-reference'
import { type Model, messageOf } from '@fn/core'
import { KerasFileError, modelToH5, modelToKeras, modelToTfjs } from '@fn/keras'
import { CommandError, UsageError } from '../errors.ts'
import { STANDARD } from '../files/read.ts'
import { type OutputFile, write } from '../files/write.ts'
import { type LoadOptions, labelOf, loadModel } from '../models/load-model.ts'
import type { Report } from '../report/report.ts'
import type { Terminal } from '../report/terminal.ts'
import { formatBytes } from '../report/text.ts'

/** `fn convert IN OUT`: a model in another kind of file. */
export async function convertCommand(
  source: string,
  output: string,
  options: LoadOptions,
  terminal: Terminal,
): Promise<Report> {
  if (extname(output) === '.onnx')
    throw new UsageError(`fn export ${source} -o ${output} writes ONNX, and checks it.`)
  const kind = await kindOf(output)
  terminal.progress(`Reading ${labelOf(source)}`)
  const { model, untrained } = await withTraining(source, options)
  terminal.progress(`Writing ${labelOf(output)}`)
  const files = await filesOf(kind, model, output)
  await write(files)
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0)
  const notes = [
    ...(untrained === undefined ? [] : [`Without optimizer and losses. ${untrained}`]),
    ...(kind !== 'keras' && model.compiled !== undefined
      ? ['Without the state of the optimizer, which only .keras files keep.']
      : []),
  ]
  return {
    aside: true,
    besides: output === STANDARD,
    lines: (colors) => [
      `${colors.bold(files.at(-1)!.path)}  ${formatBytes(bytes)}${files.length > 1 ? `, ${files.length} files` : ''}`,
      ...notes,
    ],
    data: { files: files.map(({ path }) => path), bytes, compiled: model.compiled !== undefined },
  }
}

type Kind = 'keras' | 'h5' | 'tfjs'

const KINDS: Readonly<Record<string, Kind>> = {
  '.keras': 'keras',
  '.h5': 'h5',
  '.hdf5': 'h5',
  '.json': 'tfjs',
}

/** What a name asks for; in a folder goes what tfjs-layers reads. */
async function kindOf(output: string): Promise<Kind> {
  if (output === STANDARD) return 'keras'
  const kind = KINDS[extname(output)]
  if (kind !== undefined) return kind
  if (await isFolder(output)) return 'tfjs'
  throw new UsageError(
    `Expected a .keras, .h5 or model.json file to write, or a folder for tfjs-layers. Received: ${output}.`,
  )
}

const isFolder = async (path: string): Promise<boolean> =>
  /[\\/]$/.test(path) || (await stat(path).catch(() => undefined))?.isDirectory() === true

interface BinaryFile extends OutputFile {
  readonly bytes: Uint8Array
}

/** The files to write, the one with the name that was asked for last. @throws CommandError for what a kind has no word for */
async function filesOf(kind: Kind, model: Model, output: string): Promise<readonly BinaryFile[]> {
  try {
    if (kind === 'keras') return [{ path: output, bytes: await modelToKeras(model) }]
    if (kind === 'h5') return [{ path: output, bytes: await modelToH5(model) }]
    const isJson = extname(output) === '.json'
    const folder = isJson ? dirname(output) : output
    return Object.entries(await modelToTfjs(model)).map(([name, bytes]) => ({
      path: isJson && name === 'model.json' ? output : join(folder, name),
      bytes,
    }))
  } catch (error) {
    if (!(error instanceof KerasFileError)) throw error
    throw new CommandError(error.message, { cause: error })
  }
}

/** The model, compiled as it was; or, where its file says nothing of that, or what is not understood, the model alone. */
async function withTraining(
  source: string,
  options: LoadOptions,
): Promise<{ readonly model: Model; readonly untrained?: string }> {
  try {
    return { model: await loadModel(source, options, createReference()) }
  } catch (error) {
    // What is wrong with the model itself is wrong without training too.
    const model = await loadModel(source, options)
    // The first sentence: what follows is advice for programs.
    return { model, untrained: messageOf(error).replace(/\. .*/s, '.') }
  }
}
