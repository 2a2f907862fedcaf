import { reference } from '@fn/backend-reference'
import { input, layers, type Model, model, modelFromConfig, ops, toConfig } from '@fn/core'
import { modelFromKeras, modelToKeras } from '@fn/keras'
import { describe, expect, it } from 'vitest'

const dropped = (): Model => {
  const x = input({ shape: [50] })
  return model({
    inputs: x,
    outputs: layers.dropout({ rate: 0.5, name: 'often' })(x, { training: true }),
  }) as Model
}

/** As Keras writes it: among the arguments of the call alone. */
function ofKeras(made: Model) {
  const config = JSON.parse(JSON.stringify(toConfig(made)))
  for (const layer of config.config.layers) for (const node of layer.inbound_nodes) delete node.training
  return config
}

describe('training=True at a call', () => {
  it('is kept with a notice, or left to fit and predict', async () => {
    const backend = await reference()
    const predict = async (trainingCalls: 'keep' | 'ignore', warnings: string[]) => {
      const made = modelFromConfig(ofKeras(dropped()), {
        trainingCalls,
        onWarning: (message) => void warnings.push(message),
      })
      made.compile({ backend })
      const { data } = (await made.predict([Array.from({ length: 50 }, () => 1)])) as { data: Float64Array }
      return data.filter((value) => value === 0).length
    }
    const [kept, ignored]: [string[], string[]] = [[], []]
    expect(await predict('keep', kept)).toBeGreaterThan(10)
    expect(kept).toEqual([
      `Calls with training=True behave so in predict and evaluate too, unlike in Keras: Dropout "often". Load with { trainingCalls: 'ignore' } for what Keras does.`,
    ])
    expect(await predict('ignore', ignored)).toBe(0)
    expect(ignored).toEqual([])
  })
})

it('keeps unroll, and the options of a penalty alone', async () => {
  const x = input({ shape: [4, 2] })
  const y = layers.activityRegularization({ l2: 0.1 })(layers.lstm({ units: 2, unroll: true })(x))
  const made = model({ inputs: x, outputs: y }) as Model
  const options = (one: Model, at: number) =>
    (JSON.parse(JSON.stringify(toConfig(one))).config.layers as { config: Record<string, unknown> }[])[at]!
      .config
  const again = await modelFromKeras(await modelToKeras(made))
  for (const one of [made, again]) {
    expect(options(one, 1).unroll).toBe(true)
    expect(Object.keys(options(one, 2)).sort()).toEqual(['dtype', 'l1', 'l2', 'name', 'trainable'])
    expect(one.layers[2]!.activityRegularizer).toBeDefined()
  }
})

it('keeps a new axis among indices', async () => {
  const x = input({ shape: [3] })
  const made = model({ inputs: x, outputs: ops.slice(x, ':', null) }) as Model
  const again = await modelFromKeras(await modelToKeras(made))
  expect(again.outputPorts[0]!.tensor.shape).toEqual([null, 1, 3])
})
