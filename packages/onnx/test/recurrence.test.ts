import { input, layers, type Model, model, type SymbolicTensor } from '@fn/core'
import { isNative, toOnnx } from '@fn/onnx'
import type { GraphProto } from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { attribute, graphOf, nodeOf, ops } from './decode.ts'

type Outputs = SymbolicTensor | readonly SymbolicTensor[]

/** A model over sequences of two features whose weights are 1, 2, 3, …, as a graph. */
function emitted(write: (x: SymbolicTensor) => Outputs, opset = 17): GraphProto {
  const x = input({ shape: [null, 2], name: 'x' })
  const made = model({ inputs: x, outputs: write(x) }) as Model
  let next = 1
  made.setWeights(made.getWeights().map((array) => ({ ...array, data: array.data.map(() => next++) })))
  return graphOf(toOnnx(made, { opset }))
}

function weight(graph: GraphProto, name: string): { dims: number[]; data: number[] } {
  const { dims, rawData } = graph.initializer.find((one) => one.name === name)!
  return { dims: dims.map(Number), data: [...new Float32Array(rawData.slice().buffer)] }
}

describe('a recurrent layer', () => {
  it('is the operator of its name, at every opset', () => {
    for (const opset of [13, 17, 21]) {
      expect(ops(emitted(layers.lstm({ units: 3 }), opset))).toEqual(['Transpose', 'LSTM', 'Reshape'])
      expect(ops(emitted(layers.gru({ units: 3 }), opset))).toEqual(['Transpose', 'GRU', 'Reshape'])
      expect(ops(emitted(layers.simpleRnn({ units: 3 }), opset))).toEqual(['Transpose', 'RNN', 'Reshape'])
    }
  })

  it('stands in the file with its gates in the order of the operator', () => {
    // Kernel [2, 4] = 1 … 8 by columns: i (1, 5), f (2, 6), c (3, 7), o (4, 8); then U [1, 4] and b [4].
    const lstm = emitted(layers.lstm({ units: 1, name: 'lstm' }))
    expect(weight(lstm, 'lstm/lstm_cell/kernel')).toEqual({ dims: [1, 4, 2], data: [1, 5, 4, 8, 2, 6, 3, 7] })
    expect(weight(lstm, 'lstm/lstm_cell/recurrent_kernel')).toEqual({
      dims: [1, 4, 1],
      data: [9, 12, 10, 11],
    })
    expect(weight(lstm, 'lstm/lstm_cell/bias')).toEqual({
      dims: [1, 8],
      data: [13, 16, 14, 15, 0, 0, 0, 0],
    })
    // Kernel [2, 3] = 1 … 6, U [1, 3] = 7 … 9, b [2, 3] = 10 … 15
    const gru = emitted(layers.gru({ units: 1, name: 'gru' }))
    expect(weight(gru, 'gru/gru_cell/kernel')).toEqual({ dims: [1, 3, 2], data: [1, 4, 2, 5, 3, 6] })
    expect(weight(gru, 'gru/gru_cell/bias')).toEqual({ dims: [1, 6], data: [10, 11, 12, 13, 14, 15] })
    expect(lstm.initializer.length + gru.initializer.length).toBe(8)
  })

  it('leaves out what it does without, and outputs that nobody reads', () => {
    const node = nodeOf(emitted(layers.lstm({ units: 3, useBias: false, returnSequences: true })), 'LSTM')
    expect(node.input.length).toBe(3)
    expect(node.output.length).toBe(1)
    const last = nodeOf(emitted(layers.lstm({ units: 3 })), 'LSTM')
    expect(last.input.length).toBe(4)
    expect(last.output.map((name) => name !== '')).toEqual([false, true])
  })

  it('says its direction and its activations', () => {
    const node = nodeOf(
      emitted(
        layers.lstm({ units: 3, goBackwards: true, recurrentActivation: 'hardSigmoid', activation: 'elu' }),
      ),
      'LSTM',
    )
    expect(attribute(node, 'direction')).toBe('reverse')
    expect(attribute(node, 'activations')).toEqual(['HardSigmoid', 'Elu', 'Elu'])
    expect(attribute(node, 'activation_alpha')).toEqual([Math.fround(1 / 6), 1, 1])
    expect(attribute(node, 'activation_beta')).toEqual([0.5])
    for (const resetAfter of [true, false]) {
      const gru = nodeOf(emitted(layers.gru({ units: 3, resetAfter })), 'GRU')
      expect(attribute(gru, 'linear_before_reset')).toBe(Number(resetAfter))
      expect(attribute(gru, 'activation_alpha')).toBeUndefined()
    }
  })

  it('in both directions is one operator', () => {
    const graph = emitted(layers.bidirectional(layers.lstm({ units: 1, name: 'lstm' }), { name: 'both' }))
    expect(ops(graph)).toEqual(['Transpose', 'LSTM', 'Transpose', 'Reshape'])
    const node = nodeOf(graph, 'LSTM')
    expect(node.name).toBe('both/LSTM')
    expect(attribute(node, 'direction')).toBe('bidirectional')
    expect(attribute(node, 'activations')).toHaveLength(6)
    const kernels = ['forward', 'backward'].map((direction) => `both/${direction}_lstm/lstm_cell/kernel`)
    expect(weight(graph, kernels.join('&'))).toEqual({
      dims: [2, 4, 2],
      data: [1, 5, 4, 8, 2, 6, 3, 7, 17, 21, 20, 24, 18, 22, 19, 23],
    })
    expect(graph.initializer.filter(({ dims }) => dims.length > 1)).toHaveLength(3)
  })

  it('in both directions, but with other units or options, is two', () => {
    const both = (backwards: (x: SymbolicTensor) => SymbolicTensor): string[] =>
      ops(emitted((x) => [layers.gru({ units: 3 })(x), backwards(x)] as const)).filter((op) => op === 'GRU')
    expect(both(layers.gru({ units: 3, goBackwards: true }))).toHaveLength(1)
    expect(both(layers.gru({ units: 4, goBackwards: true }))).toHaveLength(2)
    expect(both(layers.gru({ units: 3, goBackwards: true, resetAfter: false }))).toHaveLength(2)
  })

  it('that two inputs share has its weights in the file once', () => {
    const shared = layers.lstm({ units: 2 })
    const graph = emitted((x) => [shared(x), shared(layers.activation({ activation: 'tanh' })(x))] as const)
    expect(ops(graph).filter((op) => op === 'LSTM')).toHaveLength(2)
    expect(graph.initializer.filter(({ dims }) => dims.length > 1)).toHaveLength(3)
  })
})

describe('what the operators do not do', () => {
  const lstm = {
    name: 'lstm',
    options: { activation: 'tanh', recurrentActivation: 'sigmoid', masked: false },
  }

  it('is known by the options of a call', () => {
    const call = (options: object) => ({
      ...lstm,
      options: { ...lstm.options, ...options },
      body: { inputs: [] },
    })
    const native = (options: object): boolean => isNative(call(options) as never, 17)
    expect(native({})).toBe(true)
    expect(native({ masked: true })).toBe(false)
    expect(native({ activation: 'silu' })).toBe(false)
    expect(native({ recurrentActivation: 'softmax' })).toBe(false)
    expect(native({ recurrentActivation: undefined })).toBe(true)
  })

  it('is written as a Scan', () => {
    expect(ops(emitted(layers.lstm({ units: 3, activation: 'silu' })))).toContain('Scan')
    const masked = emitted((x) => layers.gru({ units: 3 })(layers.masking({ maskValue: 0 })(x)))
    expect(ops(masked)).toContain('Scan')
    expect(ops(masked)).not.toContain('GRU')
  })
})
