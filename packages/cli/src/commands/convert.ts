import { extname } from 'node:path'
import { createReference } from '@fn/backend-reference'
import { type Model, messageOf } from '@fn/core'
import { modelToKeras } from '@fn/keras'
import { UsageError } from '../errors.ts'
import { STANDARD } from '../files/read.ts'
import { write } from '../files/write.ts'
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
  if (output !== STANDARD && extname(output) !== '.keras')
    throw new UsageError(`Expected a .keras file to write. Received: ${output}.`)
  terminal.progress(`Reading ${labelOf(source)}`)
  const { model, untrained } = await withTraining(source, options)
  terminal.progress(`Writing ${labelOf(output)}`)
  const bytes = await modelToKeras(model)
  await write([{ path: output, bytes }])
  return {
    aside: true,
    besides: output === STANDARD,
    lines: (colors) => [
      `${colors.bold(output)}  ${formatBytes(bytes.length)}`,
      ...(untrained === undefined ? [] : [`Without optimizer and losses. ${untrained}`]),
    ],
    data: { files: [output], bytes: bytes.length, compiled: model.compiled !== undefined },
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
