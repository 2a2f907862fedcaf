import { reference } from '@fn/backend-reference'
import {
  type HostArray,
  input,
  layers,
  type Model,
  model,
  modelFromConfig,
  ops,
  resetNames,
  type SymbolicTensor,
  toConfig,
} from '@fn/core'
import { beforeEach, describe, expect, it } from 'vitest'

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** What a model makes of one sample. */
async function answer(
  write: (x: SymbolicTensor) => SymbolicTensor,
  shape: readonly (number | null)[],
  sample: unknown,
): Promise<HostArray> {
  const x = input({ shape })
  const made = model({ inputs: x, outputs: write(x) }) as unknown as Model
  made.compile({ backend: await reference() })
  return made.predict([sample] as never) as unknown as Promise<HostArray>
}

beforeEach(resetNames)

describe('operations', () => {
  it('are nodes, with names that no layer has', () => {
    const [x, y] = [input({ shape: [4], name: 'x' }), input({ shape: [4], name: 'y' })]
    const sum = ops.multiply(ops.add(layers.add()([x, y]), ops.add(x, 1)), 2)
    const made = model({ inputs: [x, y], outputs: sum, name: 'sums' })
    expect(made.layers.map(({ name }) => name)).toEqual(['x', 'y', 'add_1', 'add_2', 'add_3', 'multiply_1'])
    expect(sum.layer.inboundNodes[0]!.inputs.map(({ name }) => name)).toEqual(['add_3'])
    expect(made.summary({ print: () => {} })).toMatchInlineSnapshot(`
      "Model: "sums"
      ____________________________________________________________
      Layer (type)           Output Shape  Param #  Connected to
      ============================================================
      x (InputLayer)         (None, 4)     0
      ____________________________________________________________
      y (InputLayer)         (None, 4)     0
      ____________________________________________________________
      add_1 (Add)            (None, 4)     0        x[0][0]
                                                    y[0][0]
      ____________________________________________________________
      add_2 (Add)            (None, 4)     0        x[0][0]
      ____________________________________________________________
      add_3 (Add)            (None, 4)     0        add_1[0][0]
                                                    add_2[0][0]
      ____________________________________________________________
      multiply_1 (Multiply)  (None, 4)     0        add_3[0][0]
      ============================================================
      Total params: 0
      Trainable params: 0
      Non-trainable params: 0
      ____________________________________________________________"
    `)
  })

  it('take layers’ place in a graph: called again, they take other tensors', () => {
    const [x, y] = [input({ shape: [4] }), input({ shape: [2, 4] })]
    const doubled = ops.multiply(2, x).layer
    const again = doubled(y) as SymbolicTensor
    expect(again.shape).toEqual([null, 2, 4])
    expect(doubled.getOutputAt(1)).toBe(again)
  })

  it('give numbers the dtype of their partner, unless it can not hold them', () => {
    const whole = input({ shape: [3], dtype: 'int32' })
    expect(ops.add(whole, 1).dtype).toBe('int32')
    expect(ops.add(whole, 1.5).dtype).toBe('float32')
    expect(ops.divide(whole, 2).dtype).toBe('float32')
    expect(ops.greater(whole, 0.5).dtype).toBe('bool')
    expect(ops.multiply(ops.greater(whole, 0), whole).dtype).toBe('int32')
  })

  it('have the settings of Keras where nothing is said', () => {
    const x = input({ shape: [2, 3] })
    expect(ops.mean(x).shape).toEqual([])
    expect(ops.mean(x, { axis: undefined, keepdims: true }).shape).toEqual([1, 1, 1])
    expect(ops.softmax(x).layer.config()).toEqual({ axis: -1 })
    expect(ops.stack([x, x], { axis: -1 }).shape).toEqual([null, 2, 3, 2])
  })

  it('take arrays, which stand in the config', () => {
    const x = input({ shape: [2, 2], name: 'x' })
    const offset = { shape: [2, 2], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4.5) } as const
    const made = model({ inputs: x, outputs: ops.add(x, offset) }) as unknown as Model
    const config = throughJson(toConfig(made))
    expect(config.config.layers).toMatchObject([
      {},
      {
        inbound_nodes: [
          {
            args: [
              {},
              {
                class_name: '__numpy__',
                config: {
                  value: [
                    [1, 2],
                    [3, 4.5],
                  ],
                  dtype: 'float32',
                },
              },
            ],
          },
        ],
      },
    ])
    expect(throughJson(toConfig(modelFromConfig(config)))).toEqual(config)
  })

  it('hand on no mask, as in Keras', () => {
    const masked = layers.masking()(input({ shape: [5, 3] }))
    expect(masked.mask?.shape).toEqual([null, 5])
    expect(ops.multiply(masked, 2).mask).toBeUndefined()
    expect(layers.lambda((b, x) => b.mul(x!, 2))(masked).mask).toBeUndefined()
  })

  it('say what they can not take, and which of them it is', () => {
    const [x, y] = [input({ shape: [4] }), input({ shape: [3] })]
    const sequence = input({ shape: [null, 3] })
    const messages = [
      () => ops.add(x, y),
      () => ops.add(1, 2),
      () => ops.add(x, 'y' as never),
      () => ops.sum(x, { axis: 2 }),
      () => ops.reshape(x, [-1, 3]),
      () => ops.squeeze(x, 1),
      () => ops.concatenate([]),
      () => ops.concatenate([x, y], { axis: 0 }),
      () => ops.slice(x, ':', 4),
      () => ops.slice(x, ':', ':', 0),
      () => ops.slice(sequence, ':', [1]),
      () => ops.slice(sequence, ':', ':', [0, 3, 0]),
      () => ops.take(x, [0, 4], { axis: 1 }),
      () => ops.matmul(x, y),
      () => ops.cast(x, 'int64' as never),
    ].map((attempt) => {
      try {
        return String(attempt())
      } catch (error) {
        return String(error)
      }
    })
    expect(messages).toMatchInlineSnapshot(`
      [
        "ShapeError: Add "add_1": Shapes [batch, 4] and [batch, 3] do not broadcast.",
        "ConfigError: Add: expected at least one symbolic tensor, as input() and layers give them. Received: none.",
        "ShapeError: Add "add_2": expected a tensor or a number. Received: "y".",
        "ShapeError: Sum "sum_1": Axis 2 is outside of a tensor of rank 2.",
        "ShapeError: Reshape "reshape_1": Can not reshape [batch, 4] into [-1, 3].",
        "ShapeError: Squeeze "squeeze_1": expected size 1 along axis 1. Received: [batch, 4].",
        "ConfigError: Concatenate: expected at least one symbolic tensor, as input() and layers give them. Received: none.",
        "ShapeError: Concatenate "concatenate_1": Expected shapes that agree on all axes but 0. Received: [batch, 4], [batch, 3].",
        "ShapeError: GetItem "get_item_1": expected the number of an element of axis 1 of [batch, 4]. Received: 4.",
        "ShapeError: GetItem "get_item_2": expected at most 2 indices for [batch, 4], and '...' once. Received: 3.",
        "get_item_3: float32[null, null, 3]",
        "ShapeError: GetItem "get_item_4": expected a step other than 0 along axis 2.",
        "ShapeError: Take "take_1": expected numbers of elements of axis 1 of [batch, 4]. Received: [0,4].",
        "matmul_1: float32[null, 3]",
        "ShapeError: Cast "cast_1": expected a dtype, bool, int32, float32. Received: "int64".",
      ]
    `)
  })
})

describe('a slice', () => {
  const rows = [
    [1, 2, 3],
    [4, 5, 6],
  ]
  it.each([
    ['[:, 1]', [':', 1], [4, 5, 6]],
    ['[:, -2]', [':', -2], [1, 2, 3]],
    ['[..., 0]', ['...', 0], [1, 4]],
    ['[:, ::-1]', [':', [null, null, -1]], [4, 5, 6, 1, 2, 3]],
    ['[:, -1:]', [':', [-1]], [4, 5, 6]],
    ['[:, :1]', [':', [null, 1]], [1, 2, 3]],
    ['[:, :9, 2]', [':', [0, 9], 2], [3, 6]],
  ] as const)('%s of an open axis and of a fixed one is the same', async (_, index, expected) => {
    for (const time of [null, 2]) {
      const { data } = await answer((x) => ops.slice(x, ...index), [time, 3], rows)
      expect([...data]).toEqual(expected)
    }
  })

  it('has as many elements as there are', async () => {
    const { shape, data } = await answer((x) => ops.slice(x, ':', [5, 9]), [2, 3], rows)
    expect([shape, [...data]]).toEqual([[1, 0, 3], []])
  })
})

describe('a mask that is given at a call', () => {
  const masked = () => {
    const [x, flag] = [
      input({ shape: [5, 3], name: 'x' }),
      input({ shape: [5], dtype: 'bool', name: 'flag' }),
    ]
    const lstm = layers.lstm({ units: 2, returnSequences: true, name: 'lstm' })
    return { x, flag, lstm, y: lstm(layers.masking({ name: 'own' })(x), { mask: flag }) }
  }

  it('stands for that of the input, and goes on from there', () => {
    const { flag, lstm, x, y } = masked()
    expect(lstm.getInputMaskAt(0)).toBe(flag)
    expect(y.mask?.shape).toEqual([null, 5])
    expect(flag.layer.outboundNodes).toEqual(lstm.inboundNodes)
    const made = model({ inputs: [x, flag], outputs: y })
    expect(made.summary({ print: () => {} })).toContain('flag[0][0]')
  })

  it('is part of the graph', () => {
    const { x, y } = masked()
    expect(() => model({ inputs: x, outputs: y })).toThrow(
      'Graph disconnected: cannot obtain value for tensor flag: bool[null, 5] at layer "lstm".',
    )
  })

  it('is of bool', () => {
    const { lstm, x } = masked()
    expect(() => lstm(x, { mask: ops.sum(x, { axis: -1 }) })).toThrow(
      'LSTM "lstm": expected a mask of bool or int32. Received: sum_1: float32[null, 5].',
    )
  })

  it('may be one of several, and none', () => {
    const { flag, x } = masked()
    const both = layers.concatenate()([x, x], { mask: [flag, null] })
    const made = model({ inputs: [x, flag], outputs: both }) as unknown as Model
    const config = throughJson(toConfig(made))
    expect(throughJson(toConfig(modelFromConfig(config)))).toEqual(config)
  })

  it('that a layer made has no name in a config', () => {
    const x = input({ shape: [5, 3] })
    const own = layers.masking({ name: 'own' })(x)
    const made = model({ inputs: x, outputs: layers.lstm({ units: 2 })(x, { mask: own.mask! }) })
    expect(() => toConfig(made as unknown as Model)).toThrow(
      'Masking "own": its mask is used as a tensor, which a config can not say. Compute it with ops.',
    )
  })
})

describe('a config', () => {
  const dropped = (kwargs: object, node: object = {}) => {
    const x = input({ shape: [4], name: 'x' })
    const made = model({ inputs: x, outputs: layers.dropout({ rate: 0.5, name: 'drop' })(x), name: 'm' })
    const config = throughJson(toConfig(made as unknown as Model)) as unknown as {
      config: { layers: { inbound_nodes: { args: unknown }[] }[] }
    }
    config.config.layers[1]!.inbound_nodes[0] = {
      ...config.config.layers[1]!.inbound_nodes[0]!,
      kwargs,
      ...node,
    } as never
    return modelFromConfig(config as never).getLayer('drop').inboundNodes[0]!.options.training
  }

  it('of Keras does not fix a layer to inference, though it says so at each call', () => {
    expect(dropped({ training: false })).toBeUndefined()
    expect(dropped({ training: true })).toBe(true)
    expect(dropped({ training: false }, { training: false })).toBe(false)
  })

  it('names an operation that is not known', () => {
    const config = (config: object, args: unknown = []) => ({
      module: 'keras.src.ops.numpy',
      name: 'op',
      inbound_nodes: [{ args, kwargs: {} }],
      ...config,
    })
    const of = (layer: object) =>
      modelFromConfig({
        class_name: 'Functional',
        config: { name: 'm', layers: [layer], input_layers: [], output_layers: [] },
      } as never)
    expect(() => of(config({ class_name: 'Warp', config: { name: 'op' } }))).toThrow(
      'Warp "op": this operation of keras.src.ops.numpy is not known.',
    )
    expect(() => of(config({ class_name: 'Max', config: { name: 'op', initial: 3 } }))).toThrow(
      'Max "op": the option initial=3 is not supported.',
    )
  })
})

describe('a lambda layer', () => {
  it('is a function over the builder, of one tensor or several', async () => {
    const { data } = await answer(
      (x) => layers.lambda((b, left, right) => b.sub(b.mul(left!, 3), right!))([x, ops.add(x, 1)]),
      [3],
      [1, 2, 3],
    )
    expect([...data]).toEqual([1, 3, 5])
  })

  it('says what it can not do', () => {
    const x = input({ shape: [3] })
    const lambda = layers.lambda((b, y) => b.reshape(y!, ['batch', 4]), { name: 'four' })
    expect(() => lambda(x)).toThrow('Lambda "four": Can not reshape [batch, 3] into [batch, 4].')
    const double = layers.lambda((b, y) => b.mul(y!, 2), { name: 'double' })
    expect(() => toConfig(model({ inputs: x, outputs: double(x) }) as unknown as Model)).toThrow(
      'Lambda "double": a function can not be written to a config. Make it the call of a class that extends Layer, which is read back as one of the customObjects.',
    )
    expect(() => layers.lambda(3 as never)).toThrow(
      'Lambda "lambda_1": expected a function over the builder. Received: number.',
    )
  })
})
