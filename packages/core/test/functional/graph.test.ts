import { input, layers, model, SymbolicTensor, sequential } from '@fn/core'
import { describe, expect, it } from 'vitest'

describe('layers called on symbolic tensors', () => {
  it('are functions, methods and pipes alike', () => {
    const x = input({ shape: [4] })
    const dense = layers.dense({ units: 2 })
    for (const y of [dense(x), dense.apply(x), x.pipe(dense)]) {
      expect(y).toBeInstanceOf(SymbolicTensor)
      expect(y.shape).toEqual([null, 2])
    }
    expect(dense.inboundNodes.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(dense.units).toBe(2)
  })

  it('infer shapes, open sizes included', () => {
    const image = input({ shape: [28, 27, 3] })
    expect(layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same' })(image).shape).toEqual([
      null,
      14,
      14,
      8,
    ])
    expect(layers.conv2d({ filters: 8, kernelSize: [3, 5], dilationRate: 2 })(image).shape).toEqual([
      null,
      24,
      19,
      8,
    ])
    expect(layers.maxPooling2d({ poolSize: 3, strides: 2 })(image).shape).toEqual([null, 13, 13, 3])
    expect(layers.flatten()(image).shape).toEqual([null, 2268])
    expect(layers.reshape({ targetShape: [-1, 9] })(image).shape).toEqual([null, 252, 9])
    expect(layers.dense({ units: 5 })(input({ shape: [null, 7] })).shape).toEqual([null, null, 5])
    expect(layers.globalAveragePooling2d()(input({ shape: [null, null, 7] })).shape).toEqual([null, 7])
  })

  it('refuse what they can not take, in one sentence that names them', () => {
    const dense = layers.dense({ units: 3, name: 'head' })
    expect(() => dense(input({ shape: [] }))).toThrow(
      'Dense "head": expected an input of rank ≥ 2. Received: [batch].',
    )
    expect(() => layers.conv2d({ filters: 1, kernelSize: 3, name: 'c' })(input({ shape: [9] }))).toThrow(
      'Conv2D "c": expected an input of rank 4. Received: [batch, 9].',
    )
    expect(() =>
      layers.conv2d({ filters: 1, kernelSize: 9, name: 'c' })(input({ shape: [4, 4, 1] })),
    ).toThrow('Conv2D "c": A window that spans 9 does not fit into 4 elements with padding [0, 0].')
    expect(() => layers.reshape({ targetShape: [5], name: 'r' })(input({ shape: [4] }))).toThrow(
      'Reshape "r": Can not reshape [batch, 4] into [batch, 5].',
    )
    const [a, b] = [input({ shape: [2, 3] }), input({ shape: [2, 4] })]
    expect(() => layers.concatenate({ axis: 1, name: 'both' })([a, b])).toThrow(
      /Concatenate "both": .*agree on all axes but 1/,
    )
    expect(() => layers.add({ name: 'sum' })([a, b])).toThrow(
      'Add "sum": Shapes [batch, 2, 3] and [batch, 2, 4] do not broadcast.',
    )
    expect(() => layers.add({ name: 'sum' })(a)).toThrow(
      'Add "sum": expected at least two inputs. Received: 1.',
    )
    expect(() => dense([a, b])).toThrow('Dense "head": expected 1 input. Received: 2.')
    expect(() => dense(3 as never)).toThrow(/Dense "head": expected symbolic tensors/)
  })

  it('refuse options that make no sense', () => {
    expect(() => layers.dense({ units: 0, name: 'd' })).toThrow(
      'Dense "d": expected units to be a whole number ≥ 1. Received: 0.',
    )
    expect(() => layers.dense({ units: 1, activation: 'rellu' as never })).toThrow(
      /Unknown activation "rellu"\. Did you mean "relu"\?/,
    )
    expect(() => layers.conv2d({ filters: 1, kernelSize: 3, padding: 'SAME' as never, name: 'c' })).toThrow(
      'Conv2D "c": expected padding to be one of valid, same. Received: "SAME".',
    )
    expect(() => layers.conv2d({ filters: 1, kernelSize: [3, 3, 3], name: 'c' })).toThrow(
      /kernelSize to be a number or 2/,
    )
    expect(() => layers.dropout({ rate: 1.5, name: 'd' })).toThrow(
      'Dropout "d": expected a rate in [0, 1]. Received: 1.5.',
    )
    expect(() => input({ shape: [2.5], name: 'x' })).toThrow(
      'input "x": expected a shape of integers ≥ 0, null or names other than batch.',
    )
  })
})

describe('node bookkeeping', () => {
  it('answers where the answer is unique', () => {
    const a = input({ shape: [280, 256] })
    const dense = layers.dense({ units: 32, name: 'd' })
    expect(() => dense.output).toThrow('Layer d is not connected, no output to return.')
    expect(() => dense.getOutputAt(0)).toThrow('Layer d has no inbound nodes.')
    const once = dense(a)
    expect(dense.output).toBe(once)
    expect(dense.input).toBe(a)
  })

  it('says that the answer is ill-defined where it is not', () => {
    const [a, b] = [input({ shape: [280, 256] }), input({ shape: [280, 256] })]
    const dense = layers.dense({ units: 32, name: 'd' })
    const [first, second] = [dense(a), dense(b)]
    expect(() => dense.output).toThrow(
      'Layer d has multiple inbound nodes, hence the notion of "layer output" is ill-defined. Use getOutputAt(nodeIndex) instead.',
    )
    expect(dense.getOutputAt(0)).toBe(first)
    expect(dense.getOutputAt(1)).toBe(second)
    expect(dense.getInputAt(1)).toBe(b)
    expect(() => dense.getOutputAt(3)).toThrow(
      'Asked to get output at node 3, but the layer has only 2 inbound nodes.',
    )
  })

  it('tells shapes apart', () => {
    const conv = layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same', name: 'c' })
    conv(input({ shape: [32, 32, 3] }))
    expect(conv.inputShape).toEqual([null, 32, 32, 3])
    conv(input({ shape: [64, 64, 3] }))
    expect(() => conv.inputShape).toThrow(
      'The layer "c" has multiple inbound nodes, with different input shapes. Hence the notion of "input shape" is ill-defined for the layer. Use getInputShapeAt(nodeIndex) instead.',
    )
    expect(conv.getInputShapeAt(0)).toEqual([null, 32, 32, 3])
    expect(conv.getInputShapeAt(1)).toEqual([null, 64, 64, 3])
    expect(conv.getOutputShapeAt(1)).toEqual([null, 64, 64, 16])
  })
})

describe('model', () => {
  it('is a layer: shared and nested, its weights come along once', () => {
    const image = input({ shape: [8] })
    const vision = model({
      inputs: image,
      outputs: layers.dense({ units: 4, name: 'see' })(image),
      name: 'vision',
    })
    const [left, right] = [input({ shape: [8] }), input({ shape: [8] })]
    const both = layers.concatenate()([vision(left), vision(right)])
    const answer = model({
      inputs: { left, right },
      outputs: { same: layers.dense({ units: 1, name: 'out' })(both) },
    })
    expect(answer.weights.map(({ path }) => path)).toEqual([
      'vision/see/kernel',
      'vision/see/bias',
      'out/kernel',
      'out/bias',
    ])
    expect(answer.countParams()).toBe(8 * 4 + 4 + 8 + 1)
    expect(answer.inputPorts.map(({ name }) => name)).toEqual(['left', 'right'])
    expect(answer.outputPorts.map(({ name }) => name)).toEqual(['same'])
    const again = answer({ right: input({ shape: [8] }), left: input({ shape: [8] }) })
    expect(again.same.shape).toEqual([null, 1])
    expect(() => answer({ left, rigth: right })).toThrow(
      /expected inputs left, right\. Received: left, rigth\./,
    )
  })

  it('gives two outputs of one shared layer two names', () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })]
    const head = layers.dense({ units: 1, name: 'head' })
    expect(
      model({ inputs: [a, b], outputs: [head(a), head(b)] }).outputPorts.map(({ name }) => name),
    ).toEqual(['head', 'head_1'])
  })

  it('begins in the middle of a graph where it is asked to', () => {
    const x = input({ shape: [4] })
    const hidden = layers.dense({ units: 3, name: 'hidden' })(x)
    const tail = model({ inputs: hidden, outputs: layers.dense({ units: 2, name: 'tail' })(hidden) })
    expect(tail.layers.map(({ name }) => name)).toEqual(['hidden_input', 'tail'])
    expect(tail.countParams()).toBe(8)
  })

  it('goes deeper than the stack', () => {
    const x = input({ shape: [1] })
    let y = x
    for (let depth = 0; depth < 5000; depth++) y = layers.activation({ activation: 'relu' })(y)
    expect(model({ inputs: x, outputs: y }).layers).toHaveLength(5001)
  })

  it('refuses graphs that do not hold together', () => {
    const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [2], name: 'b' })]
    const sum = layers.add({ name: 'sum' })([layers.dense({ units: 2, name: 'first' })(a), b])
    expect(() => model({ inputs: a, outputs: sum })).toThrow(
      'Graph disconnected: cannot obtain value for tensor b: float32[null, 2] at layer "sum". The following previous layers were accessed without issue: ["first"].',
    )
    const twice = layers.dense({ units: 2, name: 'q' })(layers.dense({ units: 2, name: 'q' })(a))
    expect(() => model({ inputs: a, outputs: twice })).toThrow(
      'The name "q" is used 2 times in the model. All layer names should be unique.',
    )
    expect(() => model({ inputs: [a, a], outputs: sum, name: 'm' })).toThrow(
      'Functional "m": expected every input once. Received: "a", "a".',
    )
    expect(() => model({ inputs: [] as never, outputs: sum, name: 'm' })).toThrow(
      'Functional "m": expected at least one input.',
    )
    expect(() => model({ inputs: { x: 3 } as never, outputs: sum, name: 'm' })).toThrow(
      'Functional "m", inputs: expected symbolic tensors, as input() and layers give them. Received: number.',
    )
  })

  it('checks what it is called on', () => {
    const x = input({ shape: [4], name: 'x' })
    const inner = model({ inputs: x, outputs: layers.dense({ units: 2 })(x), name: 'inner' })
    expect(() => inner(input({ shape: [5] }))).toThrow(
      'Functional "inner": expected input "x" of shape [null, 4]. Received: [batch, 5].',
    )
  })

  it('can be one line of layers', () => {
    const line = sequential([input({ shape: [4] }), layers.dense({ units: 3 }), layers.dense({ units: 2 })])
    expect(line.className).toBe('Sequential')
    expect(line.countParams()).toBe(15 + 8)
    expect(() => sequential([layers.dense({ units: 1 })] as never)).toThrow(
      /expected input\({ shape }\) at the head/,
    )
  })
})
