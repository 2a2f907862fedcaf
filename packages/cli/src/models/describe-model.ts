import type { Layer, Model, OpenShape, Weight } from '@fn/core'

export interface LayerDescription {
  readonly name: string
  readonly class: string
  /** Of each tensor that the first call gives. */
  readonly outputShapes: readonly OpenShape[]
  readonly params: number
  /** What each call takes. */
  readonly calls: readonly (readonly string[])[]
}

/** A model as plain data. */
export interface ModelDescription {
  readonly name: string
  readonly class: string
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  readonly layers: readonly LayerDescription[]
  readonly params: number
  readonly trainableParams: number
  readonly bytes: number
}

interface Port {
  readonly name: string
  readonly dtype: string
  readonly shape: OpenShape
}

export function describeModel(model: Model): ModelDescription {
  const port = ({ name, tensor: { dtype, shape } }: Model['outputPorts'][number]): Port => ({
    name,
    dtype,
    shape,
  })
  const { weights } = model
  const params = count(weights)
  return {
    name: model.name,
    class: model.className,
    inputs: model.inputPorts.map(port),
    outputs: model.outputPorts.map(port),
    layers: model.layers.map((layer) => describeLayer(model, layer)),
    params,
    trainableParams: count(weights.filter(({ trainable }) => trainable)),
    // float32 and int32 alike.
    bytes: 4 * params,
  }
}

const count = (weights: readonly Weight[]): number =>
  weights.reduce((sum, { variable }) => sum + variable.size, 0)

function describeLayer(model: Model, layer: Layer<unknown>): LayerDescription {
  const calls = model.graph.nodes.filter((node) => node.layer === layer)
  const outputs =
    calls[0]?.outputs ?? [...model.entries].flatMap(([tensor, entry]) => (entry === layer ? [tensor] : []))
  return {
    name: layer.name,
    class: layer.className,
    outputShapes: outputs.map(({ shape }) => shape),
    params: layer.countParams(),
    calls: calls.map(({ takes }) =>
      takes.map(
        (tensor) =>
          model.entries.get(tensor)?.name ?? `${tensor.name}[${tensor.node.index}][${tensor.tensorIndex}]`,
      ),
    ),
  }
}
