import { Builder, type HostArray, input, layers, model, type Program, sizeOf, type Value } from '@fn/core'
import { type ProgramToOnnxOptions, programToOnnx, toOnnx } from '@fn/onnx'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { answersOf } from './answers.ts'
import { decode, ops, shapeOf } from './decode.ts'

const window = {
  strides: [1, 1],
  dilations: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  groups: 1,
} as const
const pool = {
  window: [2, 2],
  strides: [2, 2],
  padding: [
    [0, 0],
    [0, 0],
  ],
} as const

/** What is emitted for an image program whose kernels stand in the file. */
function emitted(
  write: (b: Builder, x: Value, kernel: Value) => Value,
  channels = 3,
  options: ProgramToOnnxOptions = {},
): string[] {
  const b = new Builder()
  const x = b.input({ shape: ['batch', 8, 8, channels], dtype: 'float32' }, 'x')
  const kernel = b.input({ shape: [3, 3, channels, channels], dtype: 'float32' }, 'kernel')
  const program: Program = b.build({ y: write(b, x, kernel) })
  const data = new Float32Array(9 * channels * channels).fill(0.1)
  const initializers = { kernel: { shape: [3, 3, channels, channels], dtype: 'float32', data } } as const
  return ops(decode(programToOnnx(program, { ...options, initializers })).graph)
}

describe('a product and a bias', () => {
  const matrix = { contract: [[1], [0]], batch: [[], []] } as const
  const perSample = { contract: [[1], [1]], batch: [[0], [0]] } as const
  const positions = { contract: [[2], [0]], batch: [[], []] } as const
  it.each([
    ['of a matrix are one node', [4, 3], [3, 8], matrix, ['Gemm']],
    ['of a large matrix are two', [128, 3], [3, 256], matrix, ['Gemm', 'Add']],
    ['of many positions too', [64, 2, 3], [3, 256], positions, ['Gemm', 'Add']],
    ['of samples, each with its own matrix, too', [2, 3], [2, 3, 8], perSample, ['MatMul', 'Add']],
  ] as const)('%s', async (_, left, right, how, nodes) => {
    const b = new Builder()
    const given = (shape: readonly number[], name: string) => b.input({ shape, dtype: 'float32' }, name)
    const bias = given([right.at(-1)!], 'bias')
    const bytes = programToOnnx(b.build({ y: b.add(b.dot(given(left, 'x'), given(right, 'z'), how), bias) }))
    expect(ops(decode(bytes).graph).filter((op) => op !== 'Reshape')).toEqual(nodes)

    const array = (shape: readonly number[], valueAt: (at: number) => number): HostArray => {
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, at) => valueAt(at))
      return { shape, dtype: 'float32', data }
    }
    const [x, z] = [array(left, () => 1), array(right, () => 2)]
    const { y } = await answersOf(bytes, { x, z, bias: array([right.at(-1)!], (at) => at) })
    const rows = y!.data.length / right.at(-1)!
    const row = Array.from({ length: right.at(-1)! }, (_, at) => 6 + at)
    expect(Array.from(y!.data)).toEqual(new Array(rows).fill(row).flat())
  })
})

describe('blocks of channels', () => {
  const chain = (b: Builder, x: Value, kernel: Value): Value =>
    b.conv(b.relu(b.conv(x, kernel, window)), kernel, window)

  it('are asked for once before and once after convolutions in a row, whose relu is theirs', () => {
    expect(emitted(chain, 16, { channelBlock: 16 }).filter((op) => /Conv|Relu|Reorder/.test(op))).toEqual([
      'ReorderInput',
      'Conv',
      'Conv',
      'ReorderOutput',
    ])
  })

  it.each([12, 24])('are not asked for where %i channels do not fill them', (channels) => {
    expect(emitted(chain, channels, { channelBlock: 16 })).not.toContain('ReorderInput')
  })

  it('are for the machine that has them alone', () => {
    expect(emitted(chain, 16)).not.toContain('ReorderInput')
  })
})

describe('the layout', () => {
  it('stays channels first from convolution to convolution', () => {
    expect(
      emitted((b, x, kernel) => {
        const first = b.maxPool(b.relu(b.conv(x, kernel, window)), pool)
        const second = b.relu(b.conv(first, kernel, window))
        return b.mean(b.add(first, second), [1, 2])
      }),
    ).toEqual(['Transpose', 'Conv', 'Relu', 'MaxPool', 'Conv', 'Relu', 'Add', 'ReduceMean'])
  })

  it('comes back once where the program asks for it', () => {
    expect(emitted((b, x, kernel) => b.reshape(b.relu(b.conv(x, kernel, window)), ['batch', 192]))).toEqual([
      'Transpose',
      'Conv',
      'Relu',
      'Transpose',
      'Reshape',
    ])
  })

  it('of one channel is a reshape away', () => {
    expect(emitted((b, x, kernel) => b.conv(x, kernel, window), 1)).toEqual(['Reshape', 'Conv', 'Reshape'])
  })

  it('of per-channel parameters, concatenations, padding and slices costs nothing', () => {
    expect(
      emitted((b, x, kernel) => {
        const y = b.conv(x, kernel, window)
        const wide = b.concat([y, b.sliceAxis(y, 1, 0, 8)], -1)
        const padded = b.pad(b.mul(wide, b.constant([1, 2, 3, 4, 5, 6], [6])), [0, 1, 1, 0], [0, 1, 1, 0])
        return b.maxPool(padded, pool)
      }),
      // The Reshape, to the same shape, keeps ONNX Runtime from taking the zeros for padding of the pooling.
    ).toEqual(['Transpose', 'Conv', 'Concat', 'Mul', 'Pad', 'Reshape', 'MaxPool', 'Transpose'])
  })
})

describe('the file', () => {
  const image = input({ shape: [8, 8, 1], name: 'image' })
  const digit = image.pipe(
    layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', name: 'conv' }),
    layers.batchNormalization({ name: 'norm' }),
    layers.maxPooling2d({ name: 'pool' }),
    layers.flatten({ name: 'flat' }),
    layers.dropout({ rate: 0.5, name: 'drop' }),
    layers.dense({ units: 3, activation: 'softmax', name: 'digit' }),
  )
  const cnn = model({ inputs: image, outputs: digit, name: 'cnn' })

  it('is named as the model is: inputs, outputs, weights by path, nodes by layer', () => {
    const { graph, opsetImport, producerName, irVersion } = decode(toOnnx(cnn))
    expect(graph!.name).toBe('cnn')
    expect(producerName).toBe('fn')
    expect(opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 17n]])
    expect(irVersion).toBe(8n)
    expect(graph!.input.map(({ name }) => name)).toEqual(['image'])
    expect(graph!.output.map(({ name }) => name)).toEqual(['digit'])
    expect(shapeOf(graph!, 'image')).toEqual(['batch', 8, 8, 1])
    expect(shapeOf(graph!, 'digit')).toEqual(['batch', 3])
    expect(graph!.node.map(({ name }) => name)).toEqual([
      'conv/Reshape',
      'conv/Conv',
      'conv/Relu',
      'norm/BatchNormalization',
      'pool/MaxPool',
      'digit/Reshape',
      'digit/Gemm',
      'digit/Softmax',
    ])
    expect(graph!.initializer.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'conv/kernel',
        'conv/bias',
        'norm/gamma',
        'norm/moving_variance',
        'digit/kernel',
        'digit/bias',
      ]),
    )
    expect(graph!.initializer.find(({ name }) => name === 'conv/kernel')!.dims).toEqual([4n, 1n, 3n, 3n])
  })

  it('says the shape of every tensor, and pads explicitly', () => {
    const { graph } = decode(toOnnx(cnn))
    const made = graph!.node.flatMap(({ output }) => output)
    for (const name of made) expect(shapeOf(graph!, name).length).toBeGreaterThan(0)
    const conv = graph!.node.find(({ opType }) => opType === 'Conv')!
    expect(conv.attribute.find(({ name }) => name === 'pads')!.ints).toEqual([1n, 1n, 1n, 1n])
    expect(conv.attribute.some(({ name }) => name === 'auto_pad')).toBe(false)
  })

  it('has a batch of its own where that is asked for', () => {
    expect(shapeOf(decode(toOnnx(cnn, { batch: 5 })).graph!, 'digit')).toEqual([5, 3])
  })

  it('carries what it is told', () => {
    const { docString, metadataProps } = decode(
      toOnnx(cnn, { docString: 'digits', metadata: { labels: '0 1 2' } }),
    )
    expect(docString).toBe('digits')
    expect(metadataProps.map(({ key, value }) => [key, value])).toEqual([['labels', '0 1 2']])
  })

  it('says who wrote it, what it holds, and which layer asked for a node', () => {
    const { producerVersion, docString, graph } = decode(toOnnx(cnn, { opset: 21 }))
    expect(producerVersion).toBe(manifest.version)
    expect(docString).toBe('Functional "cnn": 7 layers, 251 parameters.')
    const layersOf = graph!.node.map(({ metadataProps }) => metadataProps.map(({ value }) => value).join())
    expect(layersOf).toEqual(['conv', 'conv', 'conv', 'norm', 'pool', 'digit', 'digit', 'digit'])
    // Older versions of the format have no place for it but the name of the node.
    const old = decode(toOnnx(cnn, { opset: 20 })).graph!
    expect(old.node.every(({ metadataProps }) => metadataProps.length === 0)).toBe(true)
  })

  it('is written for the opset that is asked for', () => {
    expect(decode(toOnnx(cnn, { opset: 21 })).opsetImport[0]!.version).toBe(21n)
    for (const opset of [12, 24, 17.5]) {
      expect(() => toOnnx(cnn, { opset })).toThrow(
        `Expected an ONNX opset from 13 to 23. Received: ${opset}.`,
      )
    }
  })

  it('has native operators where the opset has them', () => {
    const gelu = (b: Builder, x: Value): Value => b.call('gelu', [x], { approximate: false })
    expect(emitted(gelu, 3, { opset: 20 })).toEqual(['Gelu'])
    expect(emitted(gelu, 3, { opset: 17 })).toContain('Erf')
  })

  it('refuses what it can not write', () => {
    const b = new Builder()
    const x = b.input({ shape: [1, 5, 1], dtype: 'float32' }, 'x')
    const overlapping = { window: [2], strides: [1], padding: [[0, 0]] } as const
    const y = b.maxPool(x, overlapping)
    const program = b.build({ y: b.maxPoolGrad(x, y, y, overlapping) })
    expect(() => programToOnnx(program, { opset: 15 })).toThrow(
      'The gradient of overlapping max pooling windows needs opset 16 or later. Received: 15.',
    )
    expect(() =>
      programToOnnx(program, {
        initializers: { w: { shape: [], dtype: 'float32', data: Float32Array.of(1) } },
      }),
    ).toThrow('The program has no input "w" for an initializer.')
  })
})
