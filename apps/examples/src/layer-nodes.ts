import { input, layers, type Model, messageOf, model, type OpenShape, SymbolicTensor } from '@fn/core'
import type { Program } from './harness/program.ts'

/** What a layer knows of its calls. Nothing is trained here. */
export const layerNodes: Program = {
  name: 'layer-nodes',
  title: 'The nodes of a layer',

  async run({ backend, print }) {
    const { heading, show } = printed(print)

    heading('A layer that was called once has the output of that call')
    const a = input({ shape: [280, 256], name: 'a' })
    const lstm = layers.lstm({ units: 32 })
    const encodedA = lstm(a)
    show('lstm.output', () => lstm.output)
    show('lstm.output === encodedA', () => lstm.output === encodedA)
    show('lstm.input', () => lstm.input)

    heading('Called twice, it has two nodes, and "the output" says nothing any more')
    const b = input({ shape: [280, 256], name: 'b' })
    const encodedB = lstm(b)
    show('lstm.output', () => lstm.output)
    show('lstm.input', () => lstm.input)
    show('lstm.getOutputAt(0) === encodedA', () => lstm.getOutputAt(0) === encodedA)
    show('lstm.getOutputAt(1) === encodedB', () => lstm.getOutputAt(1) === encodedB)
    show('lstm.getInputAt(1) === b', () => lstm.getInputAt(1) === b)

    heading('Shapes are one as long as all calls agree')
    const small = input({ shape: [32, 32, 3], name: 'small' })
    const large = input({ shape: [64, 64, 3], name: 'large' })
    const convolution = layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same' })
    convolution(small)
    show('convolution.inputShape', () => convolution.inputShape)
    show('convolution.outputShape', () => convolution.outputShape)
    convolution(large)
    show('convolution.inputShape', () => convolution.inputShape)
    show('convolution.outputShape', () => convolution.outputShape)
    show('convolution.getInputShapeAt(0)', () => convolution.getInputShapeAt(0))
    show('convolution.getInputShapeAt(1)', () => convolution.getInputShapeAt(1))
    show('convolution.getOutputShapeAt(0)', () => convolution.getOutputShapeAt(0))
    show('convolution.getOutputShapeAt(1)', () => convolution.getOutputShapeAt(1))
    show('lstm.outputShape', () => lstm.outputShape)

    heading('Masks belong to calls, too')
    const words = input({ shape: [100], dtype: 'int32', name: 'words' })
    const embedding = layers.embedding({ inputDim: 10_000, outputDim: 256, maskZero: true })
    const masked = embedding(words)
    const reader = layers.lstm({ units: 32 })
    reader(masked)
    reader(layers.embedding({ inputDim: 10_000, outputDim: 256 })(words))
    show('embedding.getInputMaskAt(0)', () => embedding.getInputMaskAt(0))
    show('embedding.getOutputMaskAt(0)', () => embedding.getOutputMaskAt(0))
    show('reader.getInputMaskAt(0) === masked.mask', () => reader.getInputMaskAt(0) === masked.mask)
    show('reader.getInputMaskAt(1)', () => reader.getInputMaskAt(1))
    show('reader.getOutputMaskAt(0)', () => reader.getOutputMaskAt(0))

    heading('There is no call beyond the last one')
    show('lstm.getOutputAt(2)', () => lstm.getOutputAt(2))
    show('lstm.getInputShapeAt(3)', () => lstm.getInputShapeAt(3))
    show('lstm.getInputMaskAt(2)', () => lstm.getInputMaskAt(2))

    heading('A layer that was never called')
    const lonely = layers.dense({ units: 4 })
    show('lonely.output', () => lonely.output)
    show('lonely.input', () => lonely.input)
    show('lonely.outputShape', () => lonely.outputShape)
    show('lonely.getOutputAt(0)', () => lonely.getOutputAt(0))

    heading('A model is a layer: calls of it are nodes, and calls inside of it are not repeated')
    const text = input({ shape: [280, 256], name: 'text' })
    const encoder = model({ inputs: text, outputs: lstm(text), name: 'encoder' })
    show('lstm.inboundNodes.length', () => lstm.inboundNodes.length)
    const c = input({ shape: [280, 256], name: 'c' })
    const d = input({ shape: [280, 256], name: 'd' })
    const encodedC = encoder(c)
    const encodedD = encoder(d)
    show('lstm.inboundNodes.length', () => lstm.inboundNodes.length)
    show('encoder.inboundNodes.length', () => encoder.inboundNodes.length)
    show('encoder.output', () => encoder.output)
    show('encoder.getOutputAt(1) === encodedD', () => encoder.getOutputAt(1) === encodedD)
    show('encodedD.node.index', () => encodedD.node.index)

    // The layer twice and the model that holds it twice, side by side: there is one set of weights.
    const all = model({
      inputs: { a, b, c, d },
      outputs: layers.concatenate({ name: 'all' })([encodedA, encodedB, encodedC, encodedD]),
    })
    show('connections of all', () => connectionsOf(all, 'all'))
    show('all.countParams()', () => all.countParams())
    show('lstm.countParams()', () => lstm.countParams())

    all.compile({ backend })
    const samples = ['a', 'b', 'c', 'd'].map((_, at) => wave(2 * 280 * 256, at + 1))
    return { model: all, samples }
  },
}

/** Where the inputs of a layer of a model come from, as the table of the model has it. */
const connectionsOf = (of: Model, layer: string): string =>
  of.graph.nodes
    .filter((node) => node.layer.name === layer)
    .flatMap(({ inputs }) =>
      inputs.map(({ name, node, tensorIndex }) => `${name}[${node.index}][${tensorIndex}]`),
    )
    .join(', ')

type Shown = boolean | number | string | null | SymbolicTensor | OpenShape | readonly unknown[]

/** Prints what is asked and what comes: a value, or the sentence of an error. */
function printed(print: (line: string) => void) {
  const format = (value: Shown): string =>
    value instanceof SymbolicTensor || typeof value === 'string' ? `${value}` : JSON.stringify(value)
  return {
    heading: (text: string) => print(`\n${text}`),
    show(code: string, ask: () => Shown) {
      try {
        print(`  ${code}  →  ${format(ask())}`)
      } catch (error) {
        print(`  ${code}  ✗  ${messageOf(error)}`)
      }
    },
  }
}

/** Numbers to ask a model that never saw any. */
const wave = (size: number, speed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(speed * at))
