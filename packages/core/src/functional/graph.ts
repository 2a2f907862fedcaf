import { GraphError } from '../errors.ts'
import type { Layer } from './layer.ts'
import type { Node } from './node.ts'
import type { SymbolicTensor } from './symbolic-tensor.ts'

/** Where a graph begins: tensors, and the input layer that stands for each. */
export type Inputs = ReadonlyMap<SymbolicTensor, Layer<unknown>>

/** What lies between some tensors and others that are computed from them. */
export interface Graph {
  /** The calls, each after those whose results it takes. */
  readonly nodes: readonly Node[]
  /** The layers, the farthest from the outputs first; those of the inputs included. */
  readonly layers: readonly Layer<unknown>[]
}

/**
 * Walks from the outputs back to the inputs.
 *
 * @param given the inputs, and the input layer that stands for each
 * @throws GraphError where something is computed from a tensor that is no input, or two layers share a name
 */
export function mapGraph(given: Inputs, outputs: readonly SymbolicTensor[]): Graph {
  const { nodes, reached } = nodesInOrder(given, outputs)
  const layers = layersByDepth(nodes, reached, given)
  expectUniqueNames(layers)
  return { nodes, layers }
}

/** The nodes, and the layers in the order in which the walk first reaches each. */
interface Walk {
  readonly nodes: readonly Node[]
  readonly reached: ReadonlySet<Layer<unknown>>
}

/** Depth first, without recursion: models are deeper than stacks. */
function nodesInOrder(given: Inputs, outputs: readonly SymbolicTensor[]): Walk {
  const done = new Set<Node>()
  const reached = new Set<Layer<unknown>>()
  const order: Node[] = []
  const pending: { readonly node: Node; next: number }[] = []
  const visit = (tensor: SymbolicTensor): void => {
    const entry = given.get(tensor)
    reached.add(entry ?? tensor.layer)
    if (entry === undefined && !done.has(tensor.node)) {
      done.add(tensor.node)
      pending.push({ node: tensor.node, next: 0 })
    }
  }
  for (const output of outputs) {
    visit(output)
    for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
      const { node } = top
      if (top.next < node.visits.length) {
        visit(node.visits[top.next++]!)
        continue
      }
      pending.pop()
      if (node.inputs.length === 0) throw disconnected(node, pending.at(-1)?.node, order)
      order.push(node)
    }
  }
  return { nodes: order, reached }
}

function disconnected(source: Node, consumer: Node | undefined, order: readonly Node[]): GraphError {
  const accessed = [...new Set(order.map(({ layer }) => `"${layer.name}"`))]
  return new GraphError(
    `Graph disconnected: cannot obtain value for tensor ${source.outputs[0]} at layer "${(consumer ?? source).layer.name}". The following previous layers were accessed without issue: [${accessed.join(', ')}].`,
  )
}

/**
 * The order in which Keras lists the layers of a model, by which files number weights: the farthest from the outputs first;
 * among equals as the walk first reaches them. A layer that is called more than once stands at its greatest depth. Inputs
 * that nothing reads come first among those at no distance.
 */
function layersByDepth(
  nodes: readonly Node[],
  reached: ReadonlySet<Layer<unknown>>,
  given: Inputs,
): readonly Layer<unknown>[] {
  const depths = new Map<Layer<unknown>, number>()
  const nodeDepths = new Map<Node, number>()
  for (const node of nodes.toReversed()) {
    const depth = Math.max(nodeDepths.get(node) ?? 0, depths.get(node.layer) ?? 0)
    depths.set(node.layer, depth)
    for (const input of node.takes) {
      const entry = given.get(input)
      if (entry !== undefined) depths.set(entry, Math.max(depth + 1, depths.get(entry) ?? 0))
      else nodeDepths.set(input.node, Math.max(depth + 1, nodeDepths.get(input.node) ?? 0))
    }
  }
  const unread = [...given.values()].filter((entry) => !reached.has(entry))
  return [...unread, ...reached].sort((a, b) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0))
}

function expectUniqueNames(layers: readonly Layer<unknown>[]): void {
  const counts = new Map<string, number>()
  for (const { name } of layers) counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const [name, count] of counts) {
    if (count > 1) {
      throw new GraphError(
        `The name "${name}" is used ${count} times in the model. All layer names should be unique.`,
      )
    }
  }
}
