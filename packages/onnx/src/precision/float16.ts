import { type Graph, isBody } from '../graph/graph.ts'
import { tidy } from '../graph/tidy.ts'
import type { Node, Tensor } from '../graph/types.ts'
import { fitsHalf, toHalves } from './half.ts'

/** Operators whose float16 answers are as good as their operands. All others sum up, divide or exponentiate. */
const halved: ReadonlySet<string> = new Set([
  'Add',
  'Clip',
  'Conv',
  'ConvTranspose',
  'Elu',
  'Gelu',
  'Gemm',
  'LeakyRelu',
  'MatMul',
  'Max',
  'Min',
  'Mul',
  'Neg',
  'Relu',
  'Sigmoid',
  'Sub',
  'Tanh',
])

/** Operators that only move elements: they leave them in the precision in which they come. */
const moving: ReadonlySet<string> = new Set([
  'Concat',
  'Expand',
  'Gather',
  'Identity',
  'MaxPool',
  'Pad',
  'Reshape',
  'Slice',
  'Transpose',
  'Where',
])

/** A float32 tensor of the graph, in the precisions in which it is there. */
interface Forms {
  full?: Tensor
  half?: Tensor
  /** The numbers of a small weight, which is written in each precision that is asked for. */
  data?: Float32Array
}

/** From so many numbers on a weight is there in float16 alone. */
const FEWEST = 1024

/**
 * Weights become float16, and so does arithmetic that can bear it. Inputs and outputs stay float32; so does what sums up
 * many numbers, divides or exponentiates, whatever reads a number that float16 has not, and recurrences. In a graph with
 * loops the weights alone become float16.
 */
export function toFloat16(graph: Graph): void {
  const forms = new Map<Tensor, Forms>()
  const formsOf = (tensor: Tensor): Forms => {
    const known = forms.get(tensor)
    if (known !== undefined) return known
    const made: Forms = { full: tensor }
    forms.set(tensor, made)
    return made
  }
  const asHalf = (tensor: Tensor): Tensor => {
    const own = formsOf(tensor)
    own.half ??= own.data
      ? graph.initializer(
          toHalves(own.data),
          tensor.shape as readonly number[],
          'float16',
          `${tensor.name}/float16`,
        )
      : graph.at(tensor.name, () => graph.cast(own.full!, 'float16'))
    return own.half
  }
  const asFull = (tensor: Tensor): Tensor => {
    const own = formsOf(tensor)
    // An output of the graph keeps its name.
    own.full ??= graph.at(tensor.name, () =>
      graph.outputs.includes(tensor)
        ? graph.castInto(own.half!, tensor)
        : graph.cast(own.half!, tensor.dtype),
    )
    return own.full
  }

  const { initializers } = graph
  for (const [at, { tensor, data }] of initializers.entries()) {
    if (!(data instanceof Float32Array) || !fitsHalf(data)) continue
    if (data.length < FEWEST) {
      forms.set(tensor, { full: tensor, data })
      continue
    }
    const half: Tensor = { ...tensor, dtype: 'float16' }
    initializers[at] = { tensor: half, data: toHalves(data) }
    forms.set(tensor, { half })
  }

  // ONNX Runtime 1.30 breaks down over a float16 transpose before a Scan: with a loop the weights alone are float16.
  const hasLoop = graph.nodes.some(({ attributes }) => Object.values(attributes).some(isBody))
  for (const node of graph.nodes.splice(0)) {
    const inHalf = !hasLoop && isHalved(node, formsOf)
    const inputs = node.inputs.map((tensor) =>
      isFloat(tensor) ? (inHalf ? asHalf(tensor) : asFull(tensor)) : tensor,
    )
    for (const attribute of Object.values(node.attributes))
      if (isBody(attribute)) readFull(attribute.body, forms, asFull)
    const outputs = node.outputs.map((tensor) => {
      if (!inHalf || !isFloat(tensor)) return tensor
      const half = graph.outputs.includes(tensor)
        ? graph.like(tensor, 'float16')
        : { ...tensor, dtype: 'float16' as const }
      forms.set(tensor, { half })
      return half
    })
    graph.nodes.push({ ...node, inputs, outputs })
  }
  for (const tensor of graph.outputs) if (isFloat(tensor)) asFull(tensor)
  tidy(graph)
}

const isFloat = ({ dtype, name }: Tensor): boolean => dtype === 'float32' && name !== ''

/** Whether a node computes in float16. */
function isHalved({ op, inputs }: Node, formsOf: (tensor: Tensor) => Forms): boolean {
  const floats = inputs.filter(isFloat)
  const fits = floats.every(
    (tensor) =>
      tensor.origin !== 'initializer' ||
      formsOf(tensor).half !== undefined ||
      formsOf(tensor).data !== undefined,
  )
  if (!fits || floats.length === 0) return false
  return halved.has(op) || (moving.has(op) && formsOf(floats[0]!).half !== undefined)
}

/** What a loop reads of the graphs around it stays float32. */
function readFull(body: Graph, forms: ReadonlyMap<Tensor, Forms>, asFull: (tensor: Tensor) => Tensor): void {
  for (const { inputs, attributes } of body.nodes) {
    inputs.forEach((tensor, at) => {
      if (forms.has(tensor)) inputs[at] = asFull(tensor)
    })
    for (const attribute of Object.values(attributes))
      if (isBody(attribute)) readFull(attribute.body, forms, asFull)
  }
}
