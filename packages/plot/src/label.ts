import { activations, type Layer, type SymbolicTensor } from '@fn/core'
import type { Box, Diagram, Edge, Frame, Item } from './diagram.ts'

/** What is written beside names and classes. */
export interface Shown {
  readonly shapes: boolean
  readonly dtype: boolean
  readonly params: boolean
  readonly activations: boolean
  readonly weights: boolean
}

const formatShape = (shape: SymbolicTensor['shape']): string =>
  `[${shape.map((dim) => dim ?? 'null').join(', ')}]`

const joined = (parts: readonly (string | false | undefined)[], separator: string): string =>
  parts.filter(Boolean).join(separator)

/** float32 [null, 64] */
const formatTensor = ({ shape, dtype }: SymbolicTensor, shown: Shown): string =>
  joined([shown.dtype && dtype, shown.shapes && formatShape(shape)], ' ')

/** 50,240 parameters, frozen */
function formatParams(layer: Layer<unknown>): string {
  const count = layer.countParams()
  if (count === 0) return ''
  const unit = count === 1 ? 'parameter' : 'parameters'
  return `${count.toLocaleString('en-US')} ${unit}${layer.trainable ? '' : ', frozen'}`
}

/** Dense · relu */
function formatClass(layer: Layer<unknown>, shown: Shown): string {
  return joined([layer.className, shown.activations && activationOf(layer)], ' · ')
}

/** The name of an activation; none for a straight line. */
function activationOf(layer: Layer<unknown>): string | undefined {
  const activation = 'activation' in layer ? layer.activation : undefined
  if (typeof activation !== 'function' || activation === activations.linear) return undefined
  return Object.entries(activations).find(([, candidate]) => candidate === activation)?.[0] ?? 'custom'
}

/** What each call gives; calls that give the same share a line. */
const formatOutputs = ({ outputs }: Item, shown: Shown): readonly string[] => [
  ...new Set(
    outputs.map((call) =>
      joined(
        call.map((tensor) => formatTensor(tensor, shown)),
        ', ',
      ),
    ),
  ),
]

/** The names of the ports at a layer, unless there is one that is named as the layer. */
const portNames = (layer: Layer<unknown>, names: readonly string[] = []): string =>
  names.length === 1 && names[0] === layer.name ? '' : names.join(', ')

/** The lines under the name of a box. */
export function boxLines(box: Box, { inputs, outputs }: Diagram, shown: Shown): readonly string[] {
  const { id, layer, role } = box
  const weights = layer.weights.map(
    ({ path, variable }) => `${path.replace(`${layer.name}/`, '')} ${formatShape(variable.shape)}`,
  )
  return [
    joined(
      [
        formatClass(layer, shown),
        portNames(layer, inputs.get(id)),
        outputs.has(id) && joined(['output', portNames(layer, outputs.get(id))], ': '),
      ],
      ' · ',
    ),
    ...formatOutputs(box, shown),
    ...(shown.params ? [formatParams(layer)] : []),
    ...(shown.weights && role !== 'nested' ? weights : []),
  ].filter((line) => line !== '')
}

/** The line beside the name of a frame. */
export function frameLine(frame: Frame, shown: Shown): string {
  const { layer } = frame
  return joined([layer.className, ...formatOutputs(frame, shown), shown.params && formatParams(layer)], ' · ')
}

/** The lines beside an edge. */
export function edgeLines({ notes, several, tensor }: Edge, shown: Shown): readonly string[] {
  return [notes.join(' · '), several ? formatTensor(tensor, shown) : ''].filter((line) => line !== '')
}
