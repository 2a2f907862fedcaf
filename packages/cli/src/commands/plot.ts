import { extname } from 'node:path'
import { plotModel } from '@fn/plot'
import { UsageError } from '../errors.ts'
import { STANDARD } from '../files/read.ts'
import { write } from '../files/write.ts'
import { loadModel } from '../models/load-model.ts'
import type { Report } from '../report/report.ts'
import { formatBytes } from '../report/text.ts'

export interface PlotOptions {
  readonly output: string
  readonly format?: PlotFormat
  readonly expandNested: boolean
  readonly direction: 'TB' | 'LR'
  readonly weights: boolean
  readonly dtypes: boolean
  readonly custom?: string
}

export type PlotFormat = 'svg' | 'dot'

/** `fn plot MODEL`: a picture of a model. */
export async function plotCommand(source: string, options: PlotOptions): Promise<Report> {
  const { output, expandNested, direction, weights, dtypes } = options
  const format = options.format ?? formatOf(output)
  const model = await loadModel(source, options)
  const picture = await plotModel(model, {
    expandNested,
    rankDirection: direction,
    showWeights: weights,
    showDtype: dtypes,
  })
  const text = picture[format]
  await write([{ path: output, bytes: text }])
  const bytes = Buffer.byteLength(text)
  return {
    aside: true,
    besides: output === STANDARD,
    lines: (colors) => [`${colors.bold(output)}  ${formatBytes(bytes)}`],
    data: { files: [output], bytes, format },
  }
}

function formatOf(output: string): PlotFormat {
  if (output === STANDARD) return 'svg'
  const kind = extname(output)
  if (kind === '.svg') return 'svg'
  if (kind === '.dot' || kind === '.gv') return 'dot'
  throw new UsageError(`Expected a .svg or .dot file to write, or --format. Received: ${output}.`)
}
