import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reference } from '@fn/backend-reference'
import { input, layers, type Model, model, type SymbolicTensor, setRandomSeed } from '@fn/core'
import { loadModel, modelFromKeras, modelToKeras, saveModel } from '@fn/keras'
import { afterAll, describe, expect, it } from 'vitest'

const folder = await mkdtemp(join(tmpdir(), 'fn-depth-'))
afterAll(() => rm(folder, { recursive: true }))

/** Models inside each other, each with one layer of its own. */
function nested(depth: number): Model {
  setRandomSeed(1)
  let inner: Model | undefined
  for (let i = 0; i < depth; i++) {
    const x = input({ shape: [2] })
    const y = (inner?.apply(x) ?? x) as SymbolicTensor
    inner = model({ inputs: x, outputs: layers.dense({ units: 2, activation: 'tanh' })(y) }) as Model
  }
  return inner!
}

/** One line of layers. */
function long(count: number): Model {
  setRandomSeed(1)
  const x = input({ shape: [2] })
  let y = x
  for (let i = 0; i < count; i++)
    y = i % 50 ? layers.activation({ activation: 'tanh' })(y) : layers.dense({ units: 2 })(y)
  return model({ inputs: x, outputs: y }) as Model
}

const answers = async (made: Model): Promise<unknown> => {
  made.compile({ backend: await reference(), loss: 'mse' })
  return made.predict([[0.5, -1]])
}

describe.each([
  ['200 models inside each other', () => nested(200)],
  ['10,000 layers in a line', () => long(10_000)],
])('%s', (_, make) => {
  it('are saved, read and computed with', { timeout: 120_000 }, async () => {
    const made = make()
    const expected = await answers(made)
    expect(await answers(await modelFromKeras(await modelToKeras(made)))).toEqual(expected)
    await saveModel(made, join(folder, 'model.h5'))
    expect(await answers(await loadModel(join(folder, 'model.h5')))).toEqual(expected)
    expect(made.summary({ print: () => {} })).toContain('Total params')
  })
})

it('200 models inside each other train', { timeout: 60_000 }, async () => {
  const made = nested(200)
  made.compile({ backend: await reference(), loss: 'mse' })
  const { history } = await made.fit([[0.5, -1]], [[1, 0]], { verbose: 'silent', epochs: 2 })
  expect(history.loss![1]).toBeLessThan(history.loss![0]!)
})
