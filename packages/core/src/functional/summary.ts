import type { Layer, Weight } from './layer.ts'
import type { Model } from './model.ts'
import type { OpenShape } from './symbolic-tensor.ts'

export interface SummaryOptions {
  /** Where the lines go. */
  readonly print?: (line: string) => void
}

const HEADER = ['Layer (type)', 'Output Shape', 'Param #', 'Connected to'] as const
const GAP = 2

const formatOpen = (shape: OpenShape): string =>
  `(${shape.map((dim) => dim ?? 'None').join(', ')}${shape.length === 1 ? ',' : ''})`

/** 1234567 → 1,234,567 */
const formatCount = (count: number): string => count.toLocaleString('en-US')

const count = (weights: readonly Weight[]): number =>
  weights.reduce((sum, { variable }) => sum + variable.size, 0)

/** The table of a model, in the form of the Keras guide. */
export function summary(model: Model, options: SummaryOptions = {}): string {
  // biome-ignore lint/suspicious/noConsole: printing is what summary() is asked for
  const { print = (line) => console.log(line) } = options
  const rows = model.layers.map((layer) => row(model, layer))
  const cells = [HEADER, ...rows.flat()]
  const widths = HEADER.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)) + GAP)
  const width = widths.reduce((sum, column) => sum + column, 0)
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('')
      .trimEnd()

  const lines = [`Model: "${model.name}"`, '_'.repeat(width), format(HEADER), '='.repeat(width)]
  rows.forEach((layer, at) => {
    lines.push(...layer.map(format), (at === rows.length - 1 ? '=' : '_').repeat(width))
  })
  const { weights } = model
  const trainable = count(weights.filter((weight) => weight.trainable))
  const total = count(weights)
  lines.push(
    `Total params: ${formatCount(total)}`,
    `Trainable params: ${formatCount(trainable)}`,
    `Non-trainable params: ${formatCount(total - trainable)}`,
    '_'.repeat(width),
  )
  for (const line of lines) print(line)
  return lines.join('\n')
}

/** One line a connection; the first one names the layer. */
function row(model: Model, layer: Layer<unknown>): readonly (readonly string[])[] {
  const nodes = model.graph.nodes.filter((node) => node.layer === layer)
  const outputs =
    nodes.length > 0
      ? nodes[0]!.outputs
      : [...model.entries].filter(([, entry]) => entry === layer).map(([tensor]) => tensor)
  const connections = nodes.flatMap((node) =>
    node.takes.map((tensor) => {
      const entry = model.entries.get(tensor)
      return entry === undefined
        ? `${tensor.name}[${tensor.node.index}][${tensor.tensorIndex}]`
        : `${entry.name}[0][0]`
    }),
  )
  const shapes = outputs.map(({ shape }) => formatOpen(shape)).join(', ')
  const first = [
    `${layer.name} (${layer.className})`,
    shapes,
    formatCount(layer.countParams()),
    connections[0] ?? '',
  ]
  return [first, ...connections.slice(1).map((connection) => ['', '', '', connection])]
}
