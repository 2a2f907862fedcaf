import { reference } from '@fn/backend-reference'
import {
  input,
  layers,
  type Model,
  model,
  modelFromConfig,
  ops,
  type SymbolicTensor,
  toConfig,
} from '@fn/core'
import { describe, expect, it } from 'vitest'

const tokens = (): readonly [ids: SymbolicTensor, embedded: SymbolicTensor] => {
  const ids = input({ shape: [4], dtype: 'int32' })
  return [ids, layers.embedding({ inputDim: 9, outputDim: 3, maskZero: true })(ids)]
}

const summed = (x: SymbolicTensor): SymbolicTensor => layers.lstm({ units: 2 })(x)

const ids = [
  [1, 2, 0, 0],
  [3, 3, 5, 0],
]

async function expectSameAgain(made: Model): Promise<void> {
  const again = modelFromConfig(JSON.parse(JSON.stringify(toConfig(made))))
  again.setWeights(made.getWeights())
  const backend = await reference()
  for (const one of [made, again]) one.compile({ backend })
  const [found, expected] = [await again.predict(ids), await made.predict(ids)]
  expect(found).toEqual(expected)
}

describe('the masks of a call in a config', () => {
  it.each([
    ['of a list, one for each', (m: SymbolicTensor) => [m, m]],
    ['of a list, none for the first', (m: SymbolicTensor) => [null, m]],
    ['of a list, none for the second', (m: SymbolicTensor) => [m, null]],
  ])('%s', async (_, masks) => {
    const [x, embedded] = tokens()
    const mask = ops.notEqual(x, 3)
    const joined = layers.concatenate()([embedded, ops.multiply(embedded, 2)], { mask: masks(mask) })
    await expectSameAgain(model({ inputs: x, outputs: summed(joined) }) as Model)
  })

  it('of a model, which has its inputs in a record, whatever the order of its names', async () => {
    const [a, b] = [input({ shape: [4, 3] }), input({ shape: [4, 3] })]
    const inner = model({ inputs: { b, a }, outputs: layers.add()([summed(a), layers.gru({ units: 2 })(b)]) })
    const [x, embedded] = tokens()
    const plain = ops.multiply(embedded, 1)
    const y = inner.apply({ a: plain, b: plain }, { mask: [ops.notEqual(x, 3), null] })
    await expectSameAgain(model({ inputs: x, outputs: y as SymbolicTensor }) as Model)
  })

  it.each([
    [
      'takes the mask of its input away',
      (e: SymbolicTensor) => layers.lstm({ units: 2, name: 'l' })(e, { mask: [null] }),
      /LSTM "l": its call takes the mask of input 0 away, which a file cannot say/,
    ],
    [
      'takes the mask of the values away',
      (e: SymbolicTensor) =>
        layers.multiHeadAttention({ numHeads: 1, keyDim: 2, name: 'a' })([e, e], { mask: [undefined, null] }),
      /MultiHeadAttention "a": its call takes the mask of input 1 away/,
    ],
    [
      'is given a mask for one of two inputs that have masks',
      (e: SymbolicTensor, m: SymbolicTensor) => layers.add({ name: 's' })([e, e], { mask: [m, undefined] }),
      /Add "s": its call is given masks, but none for input 1, which has one/,
    ],
    [
      'is given a mask of the query',
      (e: SymbolicTensor, m: SymbolicTensor) =>
        layers.multiHeadAttention({ numHeads: 1, keyDim: 2, name: 'q' })([e, e], { mask: [m, m] }),
      /MultiHeadAttention "q": its call is given a mask of the query, in whose place/,
    ],
  ])('a call that %s is refused when it is saved', (_, call, message) => {
    const [x, embedded] = tokens()
    const made = model({ inputs: x, outputs: call(embedded, ops.notEqual(x, 3)) })
    expect(() => toConfig(made as Model)).toThrow(message)
  })
})
