import { extname } from 'node:path'
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
  const model = await loadModel(source, options)
  terminal.progress(`Writing ${labelOf(output)}`)
  const bytes = await modelToKeras(model)
  await write([{ path: output, bytes }])
  return {
    aside: true,
    besides: output === STANDARD,
    lines: (colors) => [`${colors.bold(output)}  ${formatBytes(bytes.length)}`],
    data: { files: [output], bytes: bytes.length },
  }
}
