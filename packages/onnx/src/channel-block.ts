import { encode } from './encode.ts'
import { Graph } from './graph/graph.ts'
import { DOMAIN } from './ops/blocked-conv.ts'
import { defaultOpset, irVersionOf } from './opset.ts'

/**
 * A file that asks ONNX Runtime whether it has a convolution on blocks of channels for a processor (`channelBlock` of
 * `programToOnnx`): it is refused where there is none. The second axis of its output `y` is as long as a block is; its
 * input `x` has the shape [1, 4, 1, 1].
 *
 * @example
 * const session = await InferenceSession.create(channelBlockProbe())
 * const { y } = await session.run({ x: new Tensor('float32', new Float32Array(4), [1, 4, 1, 1]) })
 * const channelBlock = y.dims[1]
 */
export function channelBlockProbe(): Uint8Array {
  const graph = new Graph(['x', 'y'])
  const x = graph.input({ shape: [1, 4, 1, 1], dtype: 'float32' }, 'x')
  graph.output(graph.one(`${DOMAIN}.ReorderInput`, [x], { shape: [1, 'block', 1, 1], dtype: 'float32' }), 'y')
  const options = { opset: defaultOpset, irVersion: irVersionOf(defaultOpset), name: 'channel-block' }
  return encode(graph, options).model
}
