import { describeModel, type ModelDescription } from '../models/describe-model.ts'
import { kerasMetadata } from '../models/keras-metadata.ts'
import type { LoadOptions } from '../models/load-model.ts'
import { open } from '../models/open.ts'
import { decodeOnnx, type OnnxFile, type TensorSpec } from '../onnx/decode.ts'
import type { Colors, Report } from '../report/report.ts'
import { columns, formatBytes, formatCount, formatDims } from '../report/text.ts'

export type InspectOptions = LoadOptions

/** `fn inspect FILE`: what is in a file. */
export async function inspectCommand(source: string, options: InspectOptions): Promise<Report> {
  const opened = await open(source, options)
  const { label, bytes } = opened
  return opened.kind === 'model'
    ? ofModel(describeModel(opened.model), label, bytes)
    : ofOnnx(decodeOnnx(opened.bytes, label), label, opened.bytes.length)
}

type Tensor = Omit<TensorSpec, 'shape'> & { readonly shape: readonly (number | string | null)[] }

const tensorRows = (tensors: readonly Tensor[]): readonly (readonly string[])[] =>
  tensors.map(({ name, dtype, shape }) => [name, dtype, formatDims(shape)])

/** Sections with their rows in columns; those without rows are left out. */
const sections = (
  parts: readonly (readonly [string, readonly (readonly string[])[]])[],
  colors: Colors,
): readonly string[] =>
  parts.flatMap(([title, rows]) => (rows.length === 0 ? [] : [colors.bold(title), ...columns(rows)]))

const counted = (counts: Readonly<Record<string, number>>): readonly (readonly string[])[] =>
  Object.entries(counts).map(([name, count]) => [name, formatCount(count)])

function ofOnnx(file: OnnxFile, label: string, bytes: number): Report {
  const { weights } = file
  return {
    data: { kind: 'onnx', file: label, bytes, ...file },
    lines: (colors) => [
      `${colors.bold(label)}  ONNX, ${formatBytes(bytes)}`,
      ...sections(
        [
          [
            'file',
            [
              ['graph', file.name],
              ...Object.entries(file.opsets).map(([domain, version]) => ['opset', `${domain} ${version}`]),
              ['IR', String(file.irVersion)],
              ...(file.producer === '' ? [] : [['producer', file.producer]]),
              ...(file.doc === '' ? [] : [['doc', file.doc]]),
              ...file.external.map((name) => ['external data', name]),
            ],
          ],
          ['inputs', tensorRows(file.inputs)],
          ['outputs', tensorRows(file.outputs)],
          [
            'weights',
            [
              [
                'all',
                formatCount(weights.elements),
                `${weights.tensors} tensors`,
                formatBytes(weights.bytes),
              ],
              ...Object.entries(file.dtypes).map(([dtype, size]) => [dtype, '', '', formatBytes(size)]),
            ],
          ],
          [`nodes: ${formatCount(file.nodes)}`, counted(file.ops)],
          ['metadata', Object.entries(file.metadata)],
        ],
        colors,
      ),
    ],
  }
}

function ofModel(model: ModelDescription, label: string, bytes: Uint8Array | undefined): Report {
  const metadata = bytes === undefined ? {} : kerasMetadata(bytes)
  const classes = new Map<string, number>()
  for (const { class: name } of model.layers) classes.set(name, (classes.get(name) ?? 0) + 1)
  const byCount = [...classes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const { layers, ...rest } = model
  return {
    data: {
      kind: 'keras',
      file: label,
      ...(bytes !== undefined && { fileBytes: bytes.length }),
      ...rest,
      metadata,
      layers: Object.fromEntries(byCount),
    },
    lines: (colors) => [
      `${colors.bold(label)}  ${model.class}${bytes === undefined ? '' : `, ${formatBytes(bytes.length)}`}`,
      ...sections(
        [
          ['model', [['name', model.name], ...Object.entries(metadata)]],
          ['inputs', tensorRows(model.inputs)],
          ['outputs', tensorRows(model.outputs)],
          [
            'weights',
            [
              ['all', formatCount(model.params), formatBytes(model.bytes)],
              ['trainable', formatCount(model.trainableParams)],
            ],
          ],
          [`layers: ${formatCount(layers.length)}`, counted(Object.fromEntries(byCount))],
        ],
        colors,
      ),
    ],
  }
}
