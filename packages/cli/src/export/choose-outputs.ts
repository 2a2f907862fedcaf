import { type Model, model as makeModel, type SymbolicTensor } from '@fn/core'
import { UsageError } from '../errors.ts'

/**
 * The part of a model that ends at other outputs: `LAYER`, `LAYER:NODE` for one call of a layer that is called more than
 * once, `LAYER:NODE:TENSOR` where a call gives several; counted from 0. Inputs that no output needs are left out.
 *
 * @throws UsageError for what there is not
 */
export function chooseOutputs(model: Model, wanted: readonly string[]): Model {
  const chosen = wanted.map((text): [string, SymbolicTensor] => {
    const { layer, tensor } = find(model, text)
    return [wanted.filter((other) => other.split(':')[0] === layer).length > 1 ? text : layer, tensor]
  })
  const outputs = Object.fromEntries(chosen)
  const { name } = model
  const all = Object.fromEntries(model.inputPorts.map((port) => [port.name, port.tensor]))
  const whole = makeModel({ inputs: all, outputs, name })
  const used = new Set([...whole.graph.nodes.flatMap(({ takes }) => takes), ...Object.values(outputs)])
  const inputs = Object.fromEntries(Object.entries(all).filter(([, tensor]) => used.has(tensor)))
  return makeModel({ inputs, outputs, name })
}

function find(model: Model, text: string): { readonly layer: string; readonly tensor: SymbolicTensor } {
  const [name, ...numbers] = text.split(':')
  const [node, at] = numbers.map(Number)
  if (numbers.length > 2 || numbers.some((number) => !/^\d+$/.test(number)))
    throw new UsageError(`Expected LAYER, LAYER:NODE or LAYER:NODE:TENSOR. Received: ${text}.`)
  const layer = model.layers.find((candidate) => candidate.name === name)
  if (layer === undefined)
    throw new UsageError(
      `The model has no layer "${name}". It has: ${model.layers.map((each) => each.name).join(', ')}.`,
    )
  // A layer may be called elsewhere too: only the calls of this model lie between its inputs and outputs.
  const calls = layer.inboundNodes.filter(
    (call) => model.graph.nodes.includes(call) || call.outputs.some((tensor) => model.entries.has(tensor)),
  )
  if (node === undefined && calls.length > 1)
    throw new UsageError(
      `The layer "${name}" is called ${calls.length} times: expected ${calls.map(({ index }) => `${name}:${index}`).join(' or ')}. Received: ${text}.`,
    )
  const call = node === undefined ? calls[0] : calls.find(({ index }) => index === node)
  if (call === undefined)
    throw new UsageError(
      `The layer "${name}" has no call ${node}. It has: ${calls.map(({ index }) => index).join(', ')}.`,
    )
  if (at === undefined && call.outputs.length > 1)
    throw new UsageError(
      `The layer "${name}" gives ${call.outputs.length} tensors: expected ${call.outputs.map((_, which) => `${name}:${call.index}:${which}`).join(' or ')}. Received: ${text}.`,
    )
  const tensor = call.outputs[at ?? 0]
  if (tensor === undefined)
    throw new UsageError(`The layer "${name}" gives ${call.outputs.length} tensors. Received: ${text}.`)
  return { layer: name!, tensor }
}
