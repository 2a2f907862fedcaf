import { ConfigError, Layer, Model } from '@fn/core'
import { type Diagram, type Edge, type Item, toDiagram } from './diagram.ts'
import { boxLines, edgeLines, frameLine, type Shown } from './label.ts'
import { boxColours, frameColours, ink } from './theme.ts'
import { xmlText } from './xml-text.ts'

export interface PlotOptions {
  /** Shows what is inside of nested models and wrappers: all of it, or as many levels as a number says. */
  readonly expandNested?: boolean | number
  /** Output shapes; null stands for a size that is known only when data comes. true if nothing is said. */
  readonly showShapes?: boolean
  /** Dtypes, before the shapes. */
  readonly showDtype?: boolean
  /** Numbers of parameters. true if nothing is said. */
  readonly showParams?: boolean
  /** Activations, where a layer has one that is not linear. true if nothing is said. */
  readonly showActivations?: boolean
  /** The weights of each layer with their shapes. */
  readonly showWeights?: boolean
  /** Inputs at the top ('TB'), or at the left ('LR'). */
  readonly rankDirection?: 'TB' | 'LR'
}

/**
 * A model as Graphviz DOT: one box a layer, one edge for each tensor that a call takes.
 *
 * @param options what the boxes show, and whether nested models are opened
 * @throws ConfigError for what is no model, or an option that makes no sense
 * @example
 * writeFileSync('classifier.dot', toDot(classifier, { rankDirection: 'LR' }))
 */
export function toDot(model: Model, options: PlotOptions = {}): string {
  return writeDot(model, options, 'Helvetica')
}

/** DOT for a font: its widths decide the sizes of the boxes. */
export function writeDot(model: Model, options: PlotOptions, font: string): string {
  const diagram = toDiagram(expectModel(model), expectDepth(options.expandNested ?? false))
  const shown: Shown = {
    shapes: options.showShapes ?? true,
    dtype: options.showDtype ?? false,
    params: options.showParams ?? true,
    activations: options.showActivations ?? true,
    weights: options.showWeights ?? false,
  }
  return [
    `digraph ${quote(model.name)} {`,
    `  graph [rankdir=${expectDirection(options.rankDirection ?? 'TB')} compound=true bgcolor=transparent pad=0.15 nodesep=0.35 ranksep=0.5 fontname="${font}"]`,
    `  node [shape=box style="rounded,filled" margin="0.17,0.11" height=0 width=0 penwidth=1.2 fontname="${font}" fontsize=13 fontcolor="${ink.strong}"]`,
    `  edge [color="${ink.page}" penwidth=1.2 arrowsize=0.65 fontname="${font}" fontsize=10 fontcolor="${ink.page}"]`,
    ...diagram.items.flatMap((item) => writeItem(item, 0, diagram, shown)),
    ...diagram.edges.flatMap((edge) => writeEdge(edge, shown)),
    '}',
    '',
  ].join('\n')
}

function writeItem(item: Item, depth: number, diagram: Diagram, shown: Shown): readonly string[] {
  const indent = '  '.repeat(depth + 1)
  const { name } = item.layer
  if ('items' in item) {
    const { fill, border } = frameColours[depth % frameColours.length]!
    const label = `${strong(name)}  ${soft(frameLine(item, shown))}`
    return [
      `${indent}subgraph ${quote(`cluster_${item.id}`)} {`,
      `${indent}  graph [label=<${label}> labeljust=l style="rounded,filled" fillcolor="${fill}" color="${border}" margin=16 fontsize=13 fontcolor="${ink.strong}"]`,
      ...item.items.flatMap((inner) => writeItem(inner, depth + 1, diagram, shown)),
      `${indent}}`,
    ]
  }
  const { fill, border } = boxColours[item.role]
  const lines = boxLines(item, diagram, shown).map(soft)
  const width = diagram.outputs.has(item.id) ? ' penwidth=2.4' : ''
  return [
    `${indent}${quote(item.id)} [class=${item.role} fillcolor="${fill}" color="${border}"${width} label=<${rows([strong(name), ...lines])}>]`,
  ]
}

/** Between borders the first pair of boxes carries the line; the other pairs only keep the boxes in order. */
function writeEdge(edge: Edge, shown: Shown): readonly string[] {
  const { from, to } = edge
  const lines = edgeLines(edge, shown)
  const attributes = [
    ...(from.border === undefined ? [] : [`ltail=${quote(`cluster_${from.border}`)}`]),
    ...(to.border === undefined ? [] : [`lhead=${quote(`cluster_${to.border}`)}`]),
    ...(lines.length === 0 ? [] : [`label=<${padded(lines)}>`]),
    ...(lines.length > 0 && edge.framed ? [`fontcolor="${ink.soft}"`] : []),
  ].join(' ')
  const pairs = from.boxes.flatMap((tail) => to.boxes.map((head) => `  ${quote(tail)} -> ${quote(head)}`))
  return pairs.map((pair, at) => pair + (at > 0 ? ' [style=invis]' : attributes && ` [${attributes}]`))
}

const strong = (text: string): string => `<B>${xmlText(text)}</B>`

const soft = (text: string): string => `<FONT POINT-SIZE="11" COLOR="${ink.soft}">${xmlText(text)}</FONT>`

// Lines begin at the left: so they look right in fonts of any width.

const rows = (lines: readonly string[]): string =>
  `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">${lines
    .map((line) => `<TR><TD ALIGN="LEFT">${line}</TD></TR>`)
    .join('')}</TABLE>`

/** Lines that keep off the edge beside them. */
const padded = (lines: readonly string[]): string =>
  `<TABLE BORDER="0" CELLPADDING="3"><TR><TD BALIGN="LEFT">${lines.map(xmlText).join('<BR/>')}</TD></TR></TABLE>`

/** An id: what a string of JSON escapes is what DOT takes, and no two names become one. */
const quote = (text: string): string => JSON.stringify(text)

/** Dense "head", SymbolicTensor, number */
function describe(value: unknown): string {
  if (value instanceof Layer) return value.label
  return typeof value === 'object' ? (value?.constructor?.name ?? 'null') : typeof value
}

function expectModel(model: unknown): Model {
  if (model instanceof Model) return model
  throw new ConfigError(
    `plot: expected a model, as model() and sequential() give it. Received: ${describe(model)}.`,
  )
}

function expectDepth(expandNested: boolean | number): number {
  if (typeof expandNested === 'boolean') return expandNested ? Number.POSITIVE_INFINITY : 0
  if (Number.isInteger(expandNested) && expandNested >= 0) return expandNested
  throw new ConfigError(
    `plot: expected expandNested to be true, false or a whole number of levels. Received: ${expandNested}.`,
  )
}

function expectDirection(direction: string): string {
  if (direction === 'TB' || direction === 'LR') return direction
  throw new ConfigError(
    `plot: expected rankDirection to be TB or LR. Received: ${JSON.stringify(direction)}.`,
  )
}
