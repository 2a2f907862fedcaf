import { extname } from 'node:path'
import type { Model } from '@fn/core'
import { CommandError } from '../errors.ts'
import { read, STANDARD } from '../files/read.ts'
import { isModule, type LoadOptions, labelOf, loadModel, modelOf } from './load-model.ts'

/** A model, or an ONNX file. */
export type Opened =
  | { readonly kind: 'model'; readonly label: string; readonly model: Model; readonly bytes?: Uint8Array }
  | {
      readonly kind: 'onnx'
      readonly label: string
      readonly bytes: Uint8Array
      /** Where it lies: beside it may be others with its weights. */
      readonly path?: string
    }

/** What `fn` takes for a model or an ONNX file, for sentences. */
export const FILES = 'an ONNX file, a .keras file, or a .js or .ts module that exports a model'

/**
 * What a path, a module or stdin (`-`) holds. Files are told apart by what is in them.
 *
 * @throws CommandError for a file that is neither, or a damaged one
 */
export async function open(source: string, options: LoadOptions): Promise<Opened> {
  const label = labelOf(source)
  if (isModule(source)) return { kind: 'model', label, model: await loadModel(source, options) }
  const bytes = await read(source)
  if (isZip(bytes) || extname(source) === '.keras')
    return { kind: 'model', label, bytes, model: await modelOf(bytes, label, options) }
  if (bytes.length === 0) throw new CommandError(`Expected ${FILES}. Received nothing: ${label}.`)
  return { kind: 'onnx', label, bytes, ...(source !== STANDARD && { path: source }) }
}

/** Zip files begin so. */
const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b
