import { type Graph, isBody } from './graph.ts'
import type { Node, Tensor } from './types.ts'

/** Drops the nodes that nothing reads, and then the initializers; of a graph and of those inside of it. */
export function tidy(graph: Graph): void {
  const read = new Set<Tensor>()
  drop(graph, read)
  const { initializers } = graph
  const dropped = new Set(initializers.flatMap(({ tensor }) => (read.has(tensor) ? [] : [tensor.name])))
  initializers.splice(0, Infinity, ...initializers.filter(({ tensor }) => read.has(tensor)))
  // A further form of a weight has its name to itself where the first one is gone.
  for (const { tensor } of initializers) {
    const name = tensor.name.replace(/_\d+$/, '')
    if (dropped.delete(name)) tensor.name = name
  }
}

/** Adds what a graph reads to `read`. */
function drop(graph: Graph, read: Set<Tensor>): void {
  for (const tensor of graph.outputs) read.add(tensor)
  const kept: Node[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((tensor) => read.has(tensor))) continue
    kept.push(node)
    for (const tensor of node.inputs) read.add(tensor)
    for (const attribute of Object.values(node.attributes)) if (isBody(attribute)) drop(attribute.body, read)
  }
  graph.nodes.splice(0, Infinity, ...kept.reverse())
}
