import { Builder, input, layers, type Model, model, type SymbolicTensor, type Value } from '@fn/core'
import { programToOnnx, toOnnx } from '@fn/onnx'
import type { GraphProto } from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { answersOf, distanceFromReference, randomize } from './answers.ts'
import { attribute, graphOf, nodeOf, ops as operators } from './decode.ts'

type Outputs = SymbolicTensor | readonly SymbolicTensor[]

/** The graph of a model whose file answers as the reference does: folding changes rounding, and nothing else. */
async function emitted(
  shape: readonly (number | null)[],
  write: (x: SymbolicTensor) => Outputs,
): Promise<GraphProto> {
  const x = input({ shape, name: 'x' })
  const made = model({ inputs: x, outputs: write(x) }) as Model
  randomize(made)
  const bytes = toOnnx(made)
  expect(await distanceFromReference(made, bytes)).toBeLessThan(1e-5)
  return graphOf(bytes)
}

const names = (graph: GraphProto): string[] =>
  graph.initializer.map(({ name }) => name).filter((name) => !name.startsWith('constant'))

describe('batch normalization', () => {
  it('goes into the convolution before it, with or without a bias', async () => {
    for (const useBias of [true, false]) {
      const graph = await emitted([6, 6, 3], (x) =>
        x.pipe(
          layers.conv2d({ filters: 4, kernelSize: 3, useBias, name: 'conv' }),
          layers.batchNormalization({ name: 'norm' }),
          layers.activation({ activation: 'relu' }),
        ),
      )
      expect(operators(graph)).toEqual(['Transpose', 'Conv', 'Relu', 'Transpose'])
      expect(names(graph)).toEqual(['conv/kernel', useBias ? 'conv/bias' : 'norm/beta'])
    }
  })

  it('goes into a convolution of groups, and into one that moves in strides', async () => {
    const graph = await emitted([7, 7, 4], (x) =>
      x.pipe(
        layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, groups: 2, padding: 'same' }),
        layers.batchNormalization({ scale: false }),
        layers.batchNormalization({ center: false, axis: -1 }),
      ),
    )
    expect(operators(graph).filter((op) => op === 'Conv')).toHaveLength(1)
    expect(operators(graph).filter((op) => op === 'BatchNormalization')).toHaveLength(1)
  })

  it('goes into the dense layer before it', async () => {
    const graph = await emitted([5], (x) =>
      x.pipe(layers.dense({ units: 4 }), layers.batchNormalization(), layers.dense({ units: 2 })),
    )
    expect(operators(graph)).toEqual(['Gemm', 'Gemm'])
  })

  it('stays where something else reads what it scales', async () => {
    const graph = await emitted([6, 6, 3], (x) => {
      const y = layers.conv2d({ filters: 4, kernelSize: 3 })(x)
      return layers.add()([layers.batchNormalization()(y), y])
    })
    expect(operators(graph)).toEqual(['Transpose', 'Conv', 'BatchNormalization', 'Add', 'Transpose'])
  })

  it('of two calls of one convolution makes two kernels, and leaves none over', async () => {
    const graph = await emitted([6, 6, 3], (x) => {
      const shared = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'shared' })
      return x.pipe(shared, layers.batchNormalization(), shared, layers.batchNormalization())
    })
    expect(operators(graph)).toEqual(['Transpose', 'Conv', 'Conv', 'Transpose'])
    expect(names(graph)).toEqual(['shared/kernel', 'shared/bias', 'shared/kernel_1', 'shared/bias_1'])
  })
})

describe('a weight', () => {
  it('takes up the number that scales its product', async () => {
    const graph = await emitted([4], (x) =>
      x.pipe(
        layers.dense({ units: 3 }),
        layers.lambda((b, y) => b.mul(y, 0.5)),
      ),
    )
    expect(operators(graph)).toEqual(['Gemm'])
  })

  it('has its shape changed when the file is written', async () => {
    const graph = await emitted([5, 6], (x) =>
      layers.multiHeadAttention({ numHeads: 2, keyDim: 3, name: 'attention' })([x, x]),
    )
    const made = new Set(graph.node.flatMap(({ output }) => output))
    for (const {
      opType,
      input: [source],
    } of graph.node)
      if (['Reshape', 'Transpose', 'Mul'].includes(opType))
        expect(made.has(source!) || source === 'x').toBe(true)
    expect(names(graph)).toContain('attention/query/kernel')
  })

  it('that is a table and a kernel stands in the file once', async () => {
    const b = new Builder()
    const word = b.input({ shape: ['batch'], dtype: 'int32' }, 'word')
    const table = b.input({ shape: [9, 5], dtype: 'float32' }, 'table')
    const rows = b.gather(table, word)
    const y = b.dot(rows, table, { contract: [[1], [1]], batch: [[], []] })
    const data = Float32Array.from({ length: 45 }, (_, at) => at / 10)
    const initializers = { table: { shape: [9, 5], dtype: 'float32', data } } as const
    const bytes = programToOnnx(b.build({ y }), { initializers })
    const graph = graphOf(bytes)
    expect(operators(graph)).toEqual(['Gather', 'Gemm'])
    expect(graph.initializer.map(({ name }) => name)).toEqual(['table'])
    const feeds = { word: { shape: [1], dtype: 'int32', data: Int32Array.of(1) } } as const
    const answer = await answersOf(bytes, feeds)
    // (0.5, 0.6, 0.7, 0.8, 0.9) · (0, 0.1, 0.2, 0.3, 0.4)
    expect(answer.y!.data[0]).toBeCloseTo(0.8, 6)
  })
})

describe('padding', () => {
  const window = { strides: [1, 1], dilations: [1, 1], groups: 1 } as const
  const around = [
    [0, 0],
    [0, 0],
  ] as const

  function padded(write: (b: Builder, x: Value) => Value): { bytes: Uint8Array; graph: GraphProto } {
    const b = new Builder()
    const x = b.input({ shape: [1, 5, 5, 2], dtype: 'float32' }, 'x')
    const bytes = programToOnnx(b.build({ y: write(b, x) }))
    return { bytes, graph: graphOf(bytes) }
  }

  it('of zeros goes into a convolution', () => {
    const { graph } = padded((b, x) => {
      const kernel = b.constant(new Array(36).fill(0.1), [3, 3, 2, 2])
      return b.conv(b.pad(x, [0, 1, 0, 0], [0, 2, 1, 0], 0), kernel, { ...window, padding: around })
    })
    expect(operators(graph)).toEqual(['Transpose', 'Conv', 'Transpose'])
    expect(attribute(nodeOf(graph, 'Conv'), 'pads')).toEqual([1, 0, 2, 1])
  })

  it('goes into a maximum over what is not negative, and into no other', async () => {
    const pool = { window: [3, 3], strides: [2, 2], padding: around } as const
    const pad = (b: Builder, x: Value): Value => b.pad(x, [0, 1, 1, 0], [0, 1, 1, 0], 0)
    const data = Float32Array.from({ length: 50 }, (_, at) => -1 - at)
    const feeds = { x: { shape: [1, 5, 5, 2], dtype: 'float32', data } } as const
    const behind = padded((b, x) => b.maxPool(pad(b, b.relu(x)), pool))
    expect(operators(behind.graph)).not.toContain('Pad')
    const before = padded((b, x) => b.maxPool(pad(b, x), pool))
    expect(operators(before.graph)).toContain('Pad')
    const [none, edge] = await Promise.all([behind, before].map(({ bytes }) => answersOf(bytes, feeds)))
    expect([...none!.y!.data].every((value) => value === 0)).toBe(true)
    expect(edge!.y!.data[0]).toBe(0)
    expect(edge!.y!.data[8]).toBeLessThan(0)
  })
})

describe('what follows from weights alone', () => {
  it('is worked out when the file is written', async () => {
    const b = new Builder()
    const x = b.input({ shape: ['batch', 3], dtype: 'float32' }, 'x')
    const w = b.input({ shape: [3], dtype: 'float32' }, 'w')
    const scale = b.div(b.exp(w), b.add(b.reduceSum(b.square(w), [0], true), 1))
    const program = b.build({ y: b.mul(x, b.reshape(b.transpose(b.reshape(scale, [3, 1]), [1, 0]), [1, 3])) })
    const data = Float32Array.of(0, Math.LN2, 1)
    const bytes = programToOnnx(program, { initializers: { w: { shape: [3], dtype: 'float32', data } } })
    const folded = graphOf(bytes)
    expect(operators(folded)).toEqual(['Mul'])
    expect(folded.initializer.map(({ name }) => name)).toEqual(['w'])
    const sum = 1 + Math.LN2 ** 2 + 1
    const ones = { shape: [1, 3], dtype: 'float32', data: Float32Array.of(1, 1, 1) } as const
    const { y } = await answersOf(bytes, { x: ones })
    for (const [at, value] of [1 / sum, 2 / sum, Math.E / sum].entries())
      expect(y!.data[at]).toBeCloseTo(value, 6)
  })

  it('but would be much larger is left to the engine', () => {
    const b = new Builder()
    const x = b.input({ shape: [100, 100], dtype: 'float32' }, 'x')
    const [row, column] = [
      [1, 100],
      [100, 1],
    ].map((shape, at) =>
      b.constant(
        Array.from({ length: 100 }, (_, place) => place * (at + 1)),
        shape,
      ),
    )
    const graph = graphOf(programToOnnx(b.build({ y: b.add(x, b.mul(row!, column!)) })))
    expect(operators(graph)).toEqual(['Mul', 'Add'])
  })
})

describe('a node', () => {
  it('adds the bias of its product, bounds on both sides, and takes the mean', async () => {
    const graph = await emitted([6, 6, 3], (x) =>
      x.pipe(
        layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu6' }),
        layers.globalAveragePooling2d(),
        layers.dense({ units: 2 }),
      ),
    )
    expect(operators(graph)).toEqual(['Transpose', 'Conv', 'Clip', 'ReduceMean', 'Gemm'])
    // The axes of a mean are kept where they are asked for behind it.
    const squeezed = await emitted([6, 6, 3], (x) => {
      const mean = layers.reshape({ targetShape: [1, 1, 3] })(layers.globalAveragePooling2d()(x))
      return layers.multiply()([x, mean])
    })
    expect(operators(squeezed)).toEqual(['ReduceMean', 'Mul'])
    const overTime = await emitted([null, 3], (x) => x.pipe(layers.globalAveragePooling1d()))
    expect(operators(overTime)).toEqual(['ReduceMean'])
  })

  it('normalizes the rows of a sum that nothing else reads as a matrix', async () => {
    const of = async (shape: readonly (number | null)[], write: (sum: SymbolicTensor) => SymbolicTensor) => {
      const graph = await emitted(shape, (x) => write(layers.add()([x, layers.dense({ units: 3 })(x)])))
      return operators(graph).filter((op) => !['MatMul', 'Gemm'].includes(op))
    }
    const normalized = (sum: SymbolicTensor) => layers.layerNormalization()(sum)
    expect(await of([5, 3], normalized)).toEqual(['Add', 'Add', 'Reshape', 'LayerNormalization', 'Reshape'])
    expect(await of([null, 3], normalized)).toEqual(['Add', 'Add', 'LayerNormalization'])
    expect(await of([5, 3], (sum) => layers.add()([sum, normalized(sum)]))).toEqual([
      'Add',
      'Add',
      'LayerNormalization',
      'Add',
    ])
  })

  it('that nothing reads is not written', () => {
    const b = new Builder()
    const x = b.input({ shape: ['batch', 3], dtype: 'float32' }, 'x')
    b.exp(x)
    expect(operators(graphOf(programToOnnx(b.build({ y: b.sin(x) }))))).toEqual(['Sin'])
  })
})

describe('the layout', () => {
  it('of a network of images is changed at its edges alone', async () => {
    const block = (filters: number) => (x: SymbolicTensor) => {
      const y = x.pipe(
        layers.conv2d({ filters, kernelSize: 3, padding: 'same', useBias: false }),
        layers.batchNormalization(),
        layers.activation({ activation: 'relu' }),
        layers.conv2d({ filters, kernelSize: 3, padding: 'same' }),
        layers.batchNormalization(),
      )
      const short = layers.conv2d({ filters, kernelSize: 1 })(x)
      return layers.activation({ activation: 'relu' })(layers.add()([y, short]))
    }
    const graph = await emitted([16, 16, 3], (x) => {
      const wide = layers.concatenate()([block(4)(x), block(6)(x)])
      return x.pipe(() => layers.maxPooling2d()(wide), layers.flatten(), layers.dense({ units: 5 }))
    })
    expect(operators(graph).filter((op) => op === 'Transpose')).toHaveLength(1)
    expect(operators(graph).slice(-4)).toEqual(['Concat', 'MaxPool', 'Reshape', 'Gemm'])
  })

  it('of both directions of a sequence needs no parts', async () => {
    const graph = await emitted([null, 3], (x) =>
      x.pipe(
        layers.bidirectional(layers.lstm({ units: 2, returnSequences: true })),
        layers.bidirectional(layers.lstm({ units: 2, returnSequences: true })),
        layers.dense({ units: 3 }),
      ),
    )
    const both = ['LSTM', 'Transpose', 'Reshape']
    expect(operators(graph)).toEqual(['Transpose', ...both, ...both, 'MatMul', 'Add'])
  })
})
