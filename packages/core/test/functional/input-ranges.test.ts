import { createReference } from '@fn/backend-reference'
import { input, layers, model } from '@fn/core'
import { describe, expect, it } from 'vitest'

describe('the numbers that an input may hold', () => {
  const words = input({ shape: [2], dtype: 'int32', name: 'words' })
  const few = layers.embedding({ inputDim: 3, outputDim: 1, name: 'few' })
  const many = layers.embedding({ inputDim: 9, outputDim: 1, name: 'many' })
  const [shy, bold] = [few(words), many(words)].map((outputs) => model({ inputs: words, outputs, name: 'm' }))

  it('are those of the layers of the model, whatever else takes the same tensor', async () => {
    for (const one of [shy!, bold!]) one.compile({ backend: createReference() })
    await expect(shy!.predict([[0, 3]])).rejects.toThrow(
      'x "words": expected numbers from 0 to 2, as Embedding "few" has. Received: 3 in sample 0.',
    )
    expect((await bold!.predict([[0, 3]])).shape).toEqual([1, 2, 1])
  })

  it('are those of the layers inside of a model that takes it', async () => {
    const outer = model({ inputs: words, outputs: bold!(words) })
    outer.compile({ backend: createReference() })
    await expect(outer.predict([[0, 9]])).rejects.toThrow(
      /expected numbers from 0 to 8, as Embedding "many" has/,
    )
    expect((await outer.predict([[0, 8]])).shape).toEqual([1, 2, 1])
  })
})
