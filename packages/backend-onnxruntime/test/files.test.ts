import { reference } from '@fn/backend-reference'
import { Generator, type HostArray, input, layers, type Model, model, type SymbolicTensor } from '@fn/core'
import { toOnnx } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'

const oracle = await reference()

type Outputs = SymbolicTensor | readonly SymbolicTensor[]

const embedded = layers.embedding({ inputDim: 7, outputDim: 3, maskZero: true })

/** Models over sequences of open length: of 3 features each, or of words. */
const overFeatures: Readonly<Record<string, (x: SymbolicTensor) => Outputs>> = {
  'an LSTM': layers.lstm({ units: 4, returnSequences: true }),
  'a GRU, backwards': layers.gru({ units: 4, returnSequences: true, goBackwards: true }),
  'a GRU that resets before the product': layers.gru({ units: 4, resetAfter: false }),
  'a simple RNN': layers.simpleRnn({ units: 4, activation: 'relu' }),
  'an LSTM of an activation that the operator has not': layers.lstm({ units: 4, activation: 'silu' }),
  'a bidirectional LSTM': layers.bidirectional(layers.lstm({ units: 4, returnSequences: true })),
  'a bidirectional GRU, the last outputs': layers.bidirectional(layers.gru({ units: 4 })),
  'stacked cells': layers.rnn({ cell: [layers.lstmCell({ units: 4 }), layers.gruCell({ units: 3 })] }),
  'an encoder and a decoder': (x) => {
    const [sequence, h, c] = layers.lstm({ units: 4, returnSequences: true, returnState: true })(x)
    return layers.lstm({ units: 4 })(sequence!, { initialState: [h!, c!] })
  },
  'one LSTM twice': (x) => {
    const shared = layers.lstm({ units: 3, returnSequences: true })
    return shared(shared(x))
  },
}
const overWords: Readonly<Record<string, (x: SymbolicTensor) => Outputs>> = {
  'a masked LSTM': (x) => layers.lstm({ units: 4, returnSequences: true })(embedded(x)),
  'a masked GRU in both directions': (x) => layers.bidirectional(layers.gru({ units: 4 }))(embedded(x)),
}

/** What the file of a model gives, next to what the reference gives, for several sizes of batch and time. */
async function expectAgreement(
  write: (x: SymbolicTensor) => Outputs,
  type: { readonly shape: readonly (number | null)[]; readonly dtype: 'float32' | 'int32' },
  opset: number,
): Promise<void> {
  const x = input({ ...type, name: 'x' })
  const made = model({ inputs: x, outputs: write(x) }) as Model
  made.compile({ backend: oracle })
  const session = await InferenceSession.create(toOnnx(made, { opset }))
  const generator = new Generator(opset)
  for (const [batch, time] of [
    [2, 4],
    [3, 1],
    [1, 6],
  ] as const) {
    const shape = [batch, time, ...type.shape.slice(1)] as number[]
    const size = shape.reduce((a, b) => a * b)
    const normal = generator.normal(size)
    const data =
      type.dtype === 'int32'
        ? Int32Array.from(normal, (value) => Math.min(6, Math.floor(Math.abs(value) * 3)))
        : Float32Array.from(normal)
    const array: HostArray = { shape, dtype: type.dtype, data }
    const expected = (await made.predict(array as never)) as unknown as HostArray
    const found = await session.run({ x: new Tensor(type.dtype, data as Float32Array, shape) })
    const [result] = Object.values(found)
    expect(result!.dims).toEqual(expected.shape)
    expected.data.forEach((value: number, at: number) => {
      expect((result!.data as Float32Array)[at]).toBeCloseTo(value, 5)
    })
  }
  await session.release()
  await made.dispose()
}

describe.each([13, 17, 23])('the file for opset %i, with open batch and time, of', (opset) => {
  it.each(Object.entries(overFeatures))('%s', (_, write) =>
    expectAgreement(write, { shape: [null, 3], dtype: 'float32' }, opset),
  )

  it.each(Object.entries(overWords))('%s', (_, write) =>
    expectAgreement(write, { shape: [null], dtype: 'int32' }, opset),
  )
})
