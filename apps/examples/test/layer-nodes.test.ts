import { tfjs } from '@fn/backend-tfjs'
import { resetNames } from '@fn/core'
import { expect, it } from 'vitest'
import { layerNodes } from '../src/layer-nodes.ts'

it('layer-nodes says of each call what the guide says of it', async () => {
  resetNames()
  const lines: string[] = []
  const print = (line: string) => lines.push(...line.split('\n'))
  await layerNodes.run({ backend: await tfjs('wasm'), quick: true, print, verbose: 'silent' })
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "
    A layer that was called once has the output of that call
      lstm.output  →  lstm_1: float32[null, 32]
      lstm.output === encodedA  →  true
      lstm.input  →  a: float32[null, 280, 256]

    Called twice, it has two nodes, and "the output" says nothing any more
      lstm.output  ✗  Layer lstm_1 has multiple inbound nodes, hence the notion of "layer output" is ill-defined. Use getOutputAt(nodeIndex) instead.
      lstm.input  ✗  Layer lstm_1 has multiple inbound nodes, hence the notion of "layer input" is ill-defined. Use getInputAt(nodeIndex) instead.
      lstm.getOutputAt(0) === encodedA  →  true
      lstm.getOutputAt(1) === encodedB  →  true
      lstm.getInputAt(1) === b  →  true

    Shapes are one as long as all calls agree
      convolution.inputShape  →  [null,32,32,3]
      convolution.outputShape  →  [null,32,32,16]
      convolution.inputShape  ✗  The layer "conv2d_1" has multiple inbound nodes, with different input shapes. Hence the notion of "input shape" is ill-defined for the layer. Use getInputShapeAt(nodeIndex) instead.
      convolution.outputShape  ✗  The layer "conv2d_1" has multiple inbound nodes, with different output shapes. Hence the notion of "output shape" is ill-defined for the layer. Use getOutputShapeAt(nodeIndex) instead.
      convolution.getInputShapeAt(0)  →  [null,32,32,3]
      convolution.getInputShapeAt(1)  →  [null,64,64,3]
      convolution.getOutputShapeAt(0)  →  [null,32,32,16]
      convolution.getOutputShapeAt(1)  →  [null,64,64,16]
      lstm.outputShape  →  [null,32]

    Masks belong to calls, too
      embedding.getInputMaskAt(0)  →  null
      embedding.getOutputMaskAt(0)  →  embedding_1: bool[null, 100]
      reader.getInputMaskAt(0) === masked.mask  →  true
      reader.getInputMaskAt(1)  →  null
      reader.getOutputMaskAt(0)  →  null

    There is no call beyond the last one
      lstm.getOutputAt(2)  ✗  Asked to get output at node 2, but the layer has only 2 inbound nodes.
      lstm.getInputShapeAt(3)  ✗  Asked to get input shape at node 3, but the layer has only 2 inbound nodes.
      lstm.getInputMaskAt(2)  ✗  Asked to get input mask at node 2, but the layer has only 2 inbound nodes.

    A layer that was never called
      lonely.output  ✗  Layer dense_1 is not connected, no output to return.
      lonely.input  ✗  Layer dense_1 is not connected, no input to return.
      lonely.outputShape  ✗  Layer dense_1 has never been called, no output shape to return.
      lonely.getOutputAt(0)  ✗  Layer dense_1 has no inbound nodes.

    A model is a layer: calls of it are nodes, and calls inside of it are not repeated
      lstm.inboundNodes.length  →  3
      lstm.inboundNodes.length  →  3
      encoder.inboundNodes.length  →  2
      encoder.output  ✗  Layer encoder has multiple inbound nodes, hence the notion of "layer output" is ill-defined. Use getOutputAt(nodeIndex) instead.
      encoder.getOutputAt(1) === encodedD  →  true
      encodedD.node.index  →  1
      connections of all  →  lstm_1[0][0], lstm_1[1][0], encoder[0][0], encoder[1][0]
      all.countParams()  →  36992
      lstm.countParams()  →  36992"
  `)
})
