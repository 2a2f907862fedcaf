import { describeModel } from '../models/describe-model.ts'
import { type LoadOptions, loadModel } from '../models/load-model.ts'
import type { Report } from '../report/report.ts'

/** `fn summary MODEL`: the table of a model. */
export async function summaryCommand(source: string, options: LoadOptions): Promise<Report> {
  const model = await loadModel(source, options)
  const lines: string[] = []
  model.summary({ print: (line) => lines.push(line) })
  return { lines: () => lines, data: describeModel(model) }
}
