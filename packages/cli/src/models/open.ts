import type { Model } from '@fn/core'
import { CommandError } from '../errors.ts'
import { read, STANDARD } from '../files/read.ts'
import { isModule, kindOf, type LoadOptions, labelOf, loadModel, MODELS, modelOf } from './load-model.ts'

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

/**
 * What a path, a module or stdin (`-`) holds. Files are told apart by what is in them.
 *
 * @throws CommandError for a file that is neither, or a damaged one
 */
export async function open(source: string, options: LoadOptions): Promise<Opened> {
  const label = labelOf(source)
  if (isModule(source)) return { kind: 'model', label, model: await loadModel(source, options) }
  const bytes = await read(source)
  const kind = kindOf(source, bytes)
  if (kind !== 'onnx')
    return { kind: 'model', label, bytes, model: await modelOf(kind, bytes, source, options) }
  if (bytes.length === 0)
    throw new CommandError(`Expected an ONNX file, or ${MODELS}. Received nothing: ${label}.`)
  return { kind: 'onnx', label, bytes, ...(source !== STANDARD && { path: source }) }
}
