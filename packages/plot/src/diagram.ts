import { type Layer, Model, type Node, type Port, type SymbolicTensor } from '@fn/core'

/** What a layer is for in a picture. */
export type Role = 'input' | 'nested' | 'weights' | 'merging' | 'plain'

/** A layer that is drawn as one box. */
export interface Box {
  readonly id: string
  readonly layer: Layer<unknown>
  readonly role: Role
  /** What each of its calls gives. */
  readonly outputs: readonly (readonly SymbolicTensor[])[]
}

/** A layer that is drawn as a frame around the layers that it holds. */
export interface Frame {
  readonly id: string
  readonly layer: Layer<unknown>
  /** What each of its calls gives, where no box in it shows that. */
  readonly outputs: readonly (readonly SymbolicTensor[])[]
  readonly items: readonly Item[]
}

export type Item = Box | Frame

/** Where an edge begins or ends: at a box, or at the border of a frame that holds several boxes. */
export interface End {
  readonly boxes: readonly string[]
  readonly border?: string
}

/** A tensor on its way from one layer to another. */
export interface Edge {
  readonly from: End
  readonly to: End
  readonly tensor: SymbolicTensor
  /** Whether one of its ends has several tensors, so that the shape tells them apart. */
  readonly several: boolean
  /** Whether it lies in a frame, and not on the page. */
  readonly framed: boolean
  /** Names of ports and numbers of calls, where the ends do not tell them. */
  readonly notes: readonly string[]
}

/** What a picture shows of a model. */
export interface Diagram {
  readonly items: readonly Item[]
  readonly edges: readonly Edge[]
  /** The names of the inputs and outputs of the model, by the box that they stand at. */
  readonly inputs: ReadonlyMap<string, readonly string[]>
  readonly outputs: ReadonlyMap<string, readonly string[]>
}

/** Where input and output number `port` of something drawn begin and end. */
interface Ends {
  readonly enter: (port: number) => End
  readonly leave: (port: number) => End
}

interface Drawn extends Ends {
  readonly item: Item
}

/** The boxes and edges of a model; what is inside of layers is shown down to `depth`. */
export function toDiagram(model: Model, depth: number): Diagram {
  const edges: Edge[] = []
  const { items, enter, leave } = drawModel(model, '', depth, edges)
  return {
    items,
    edges,
    inputs: namesByBox(model.inputPorts.map(({ name }, port) => [enter(port), name])),
    outputs: namesByBox(model.outputPorts.map(({ name }, port) => [leave(port), name])),
  }
}

function namesByBox(named: readonly (readonly [End, string])[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>()
  for (const [{ boxes }, name] of named) {
    for (const box of boxes) names.set(box, [...(names.get(box) ?? []), name])
  }
  return names
}

function drawModel(
  model: Model,
  prefix: string,
  depth: number,
  edges: Edge[],
): Ends & { readonly items: readonly Item[] } {
  const calls = new Map<Layer<unknown>, Node[]>(model.layers.map((layer) => [layer, []]))
  for (const node of model.graph.nodes) calls.get(node.layer)!.push(node)

  const drawn = new Map<Layer<unknown>, Drawn>()
  for (const [tensor, layer] of model.entries) {
    drawn.set(layer, drawBox({ id: prefix + layer.name, layer, role: 'input', outputs: [[tensor]] }))
  }
  for (const [layer, nodes] of calls) {
    if (!drawn.has(layer)) drawn.set(layer, drawLayer(layer, nodes, prefix + layer.name, depth, edges))
  }

  const leave = (tensor: SymbolicTensor): End => {
    const entry = model.entries.get(tensor)
    return drawn.get(entry ?? tensor.layer)!.leave(entry === undefined ? tensor.tensorIndex : 0)
  }
  // The boxes in a frame have calls of their own: there the number says whose it is.
  const callNote = ({ layer, index }: Node): string => {
    if (calls.get(layer)!.length < 2) return ''
    return 'items' in drawn.get(layer)!.item ? `${layer.name} call ${index}` : `call ${index}`
  }
  for (const node of model.graph.nodes) {
    const { enter, item } = drawn.get(node.layer)!
    node.takes.forEach((tensor, port) => {
      const source = model.entries.has(tensor) ? undefined : tensor.node
      const numbers = new Set([source && callNote(source), callNote(node)])
      edges.push({
        from: leave(tensor),
        to: enter(port),
        tensor,
        several: node.takes.length > 1 || (source?.outputs.length ?? 1) > 1,
        framed: prefix !== '',
        notes: [
          source && outputName(drawn.get(source.layer)!.item, source, tensor.tensorIndex),
          port < node.inputs.length ? inputName(item, port) : 'as mask',
          [...numbers].filter(Boolean).join(' → '),
        ].filter((note): note is string => Boolean(note)),
      })
    })
  }
  return {
    items: model.layers.map((layer) => drawn.get(layer)!.item),
    enter: (port) => leave(portAt(model.inputPorts, port).tensor),
    leave: (port) => leave(portAt(model.outputPorts, port).tensor),
  }
}

/** A wrapper may hand a model more than the model has ports for: masks, states. */
const portAt = (ports: readonly Port[], port: number): Port => ports[port] ?? ports.at(-1)!

const modelIn = ({ layer }: Pick<Item, 'layer'>): Model | undefined =>
  layer instanceof Model ? layer : undefined

/** The inner boxes of a frame show the names of its ports; a box has to be told. */
function inputName(item: Item, port: number): string | undefined {
  const ports = modelIn(item)?.inputPorts ?? []
  return 'items' in item || ports.length < 2 ? undefined : ports[port]?.name
}

function outputName(item: Item, { outputs }: Node, port: number): string | undefined {
  if (port >= outputs.length) return 'mask'
  const ports = modelIn(item)?.outputPorts
  if (outputs.length < 2 || (ports !== undefined && 'items' in item)) return undefined
  return ports?.[port]?.name ?? `output ${port}`
}

function drawLayer(
  layer: Layer<unknown>,
  nodes: readonly Node[],
  id: string,
  depth: number,
  edges: Edge[],
): Drawn {
  const parts = partsOf(layer)
  const outputs = nodes.map((node) => node.outputs)
  if (depth === 0 || parts.length === 0) return drawBox({ id, layer, role: roleOf(layer, nodes), outputs })
  const model = modelIn({ layer })
  if (model !== undefined) {
    const { items, enter, leave } = drawModel(model, `${id}/`, depth - 1, edges)
    return { item: { id, layer, items, outputs: [] }, enter, leave }
  }
  const inner = parts.map((part) => drawLayer(part, [], `${id}/${part.name}`, depth - 1, edges))
  const item: Frame = { id, layer, outputs, items: inner.map((part) => part.item) }
  const [only, ...others] = inner
  if (others.length === 0) return { ...only!, item }
  // How a wrapper connects several layers is its own affair: its edges end at the border.
  const around = (of: (part: Drawn) => End): End => ({
    boxes: inner.flatMap((part) => of(part).boxes),
    border: id,
  })
  return {
    item,
    enter: (port) => around((part) => part.enter(port)),
    leave: (port) => around((part) => part.leave(port)),
  }
}

/** The layers in a layer. The cell of a recurrent one is a step of its loop, and no layer that a picture shows. */
const partsOf = (layer: Layer<unknown>): readonly Layer<unknown>[] =>
  layer.sublayers.filter((part) => !('stateSizes' in part))

function drawBox(item: Box): Drawn {
  const end = () => ({ boxes: [item.id] })
  return { item, enter: end, leave: end }
}

function roleOf(layer: Layer<unknown>, nodes: readonly Node[]): Role {
  if (holdsModel(layer)) return 'nested'
  if (layer.countParams() > 0) return 'weights'
  return nodes.some(({ inputs }) => inputs.length > 1) ? 'merging' : 'plain'
}

const holdsModel = (layer: Layer<unknown>): boolean =>
  layer instanceof Model || layer.sublayers.some(holdsModel)
