import {
  input,
  type LayerConfig,
  layerFromConfig,
  layers,
  model,
  modelFromConfig,
  resetNames,
  type SymbolicTensor,
  sequential,
  toConfig,
} from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { describe, expect, it } from 'vitest'

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

describe('config', () => {
  it('goes out and in unchanged: shared layers, nested models, records, fixed training', () => {
    const image = input({ shape: [8, 8, 1], name: 'image' })
    const vision = sequential([image, layers.conv2d({ filters: 2, kernelSize: 3 }), layers.flatten()], {
      name: 'vision',
    })
    const [left, right] = [input({ shape: [8, 8, 1] }), input({ shape: [8, 8, 1] })]
    const both = layers.concatenate()([
      vision(left),
      layers.dropout({ rate: 0.5 })(vision(right), { training: false }),
    ])
    const made = model({
      inputs: { left, right },
      outputs: { same: layers.dense({ units: 1, activation: 'sigmoid' })(both) },
    })
    const config = throughJson(toConfig(made))
    const again = modelFromConfig(config)
    expect(throughJson(toConfig(again))).toEqual(config)
    expect(again.inputPorts.map(({ name }) => name)).toEqual(['left', 'right'])
    expect(again.weights.map(({ path }) => path)).toEqual(made.weights.map(({ path }) => path))
  })

  it.each([
    layers.bidirectional(layers.lstm({ units: 2 })),
    layers.bidirectional(layers.gru({ units: 2, goBackwards: true, name: 'backward_gru' })),
  ])('keeps the paths of weights in both directions', (both) => {
    const x = input({ shape: [4, 3] })
    const made = model({ inputs: x, outputs: both.apply(x) as SymbolicTensor })
    const again = modelFromConfig(throughJson(toConfig(made)))
    expect(again.weights.map(({ path }) => path)).toEqual(made.weights.map(({ path }) => path))
  })

  it('keeps a layer that stands in two models one layer', () => {
    const shared = layers.dense({ units: 3, name: 'shared' })
    const three = input({ shape: [3] })
    const inner = model({ inputs: three, outputs: shared(shared(three)), name: 'inner' })
    const x = input({ shape: [3] })
    const made = model({ inputs: x, outputs: [inner(shared(x)), shared(x)] })
    const again = modelFromConfig(throughJson(toConfig(made)))
    expect(again.weights.map(({ path }) => path)).toEqual(made.weights.map(({ path }) => path))
    expect((again.getLayer('inner') as typeof again).getLayer('shared')).toBe(again.getLayer('shared'))
  })

  it('counts the call that a functional model has of its own at the edges, as Keras does', () => {
    const three = input({ shape: [3] })
    const inner = model({ inputs: three, outputs: layers.dense({ units: 3 })(three), name: 'inner' })
    const x = input({ shape: [3] })
    const made = model({ inputs: x, outputs: [inner(inner(x)), inner(x)] })
    expect(toConfig(made).config.output_layers).toEqual([
      ['inner', 2, 0],
      ['inner', 3, 0],
    ])
    expect(throughJson(toConfig(modelFromConfig(throughJson(toConfig(made)))))).toEqual(
      throughJson(toConfig(made)),
    )
  })

  it('says all that it does not understand at once', () => {
    const layer = (class_name: string, name: string, more = {}) => ({
      class_name,
      name,
      config: { name, ...more },
    })
    const start = layer('InputLayer', 'x', { batch_shape: [null, 2] })
    const wrapped = { ...layer('TimeDistributed', 't'), config: { name: 't', layer: layer('Weave', 'w') } }
    const nested = { ...layer('Sequential', 's'), config: { name: 's', layers: [start, layer('Warp', 'b')] } }
    const all = [start, layer('Warp', 'a'), nested, wrapped, layer('Dense', 'd', { units: 0 })]
    expect(() => modelFromConfig({ class_name: 'Functional', config: { name: 'm', layers: all } })).toThrow(
      [
        'Warp "a": this class of layers is not known. Hand it in as customObjects.Warp.',
        'Warp "b": this class of layers is not known. Hand it in as customObjects.Warp.',
        'Weave "w": this class of layers is not known. Hand it in as customObjects.Weave.',
        'Dense "d": expected units to be a whole number ≥ 1. Received: 0.',
      ].join('\n'),
    )
  })

  it.each(listFixtures('training'))('of Keras: %s', (name) => {
    const { model: keras, data } = loadFixture('training', name)
    const made = modelFromConfig(keras)
    expect(made.weights.map(({ path }) => path)).toEqual(loadFixture('trainingData', data).weightPaths)
    const config = toConfig(made)
    expect(throughJson(toConfig(modelFromConfig(throughJson(config))))).toEqual(throughJson(config))
  })

  it('says which layer it does not understand', () => {
    expect(() => layerFromConfig({ class_name: 'Warp', config: { name: 'w' } })).toThrow(
      'Warp "w": this class of layers is not known. Hand it in as customObjects.Warp.',
    )
    expect(() =>
      layerFromConfig({
        class_name: 'Dense',
        config: { name: 'd', units: 2, lora_rank: 4 },
      }),
    ).toThrow('Dense "d": the option lora_rank=4')
    expect(() =>
      layerFromConfig({
        class_name: 'Conv2D',
        config: { name: 'c', filters: 1, kernel_size: 3, data_format: 'channels_first' },
      }),
    ).toThrow('Conv2D "c": the option data_format="channels_first" is not supported.')
    expect(() => modelFromConfig({ class_name: 'Dense', config: { name: 'd', units: 2 } })).toThrow(
      'Expected the config of a model. Received: that of a Dense.',
    )
    expect(() => modelFromConfig(null as never)).toThrow('Expected { class_name, config }. Received: null.')
  })

  it('counts auto names from 1 per class', () => {
    resetNames()
    expect(layers.dense({ units: 1 }).name).toBe('dense_1')
    expect(layers.maxPooling2d().name).toBe('max_pooling2d_1')
    expect(layers.dense({ units: 1 }).name).toBe('dense_2')
  })
})

// Keras trains what is frozen only through a layer around it, and thaws what is inside of a layer that it thaws.
it('says of what a frozen layer holds that it is frozen, and reads it as free in a frozen layer', () => {
  const cell = layers.bidirectional(layers.lstm({ units: 2 }), { name: 'both' })
  const inner = sequential([input({ shape: [4, 3] }), cell], { name: 'inner', trainable: false })
  const x = input({ shape: [4, 3] })
  const made = model({ inputs: x, outputs: layers.dense({ units: 1 })(inner(x)) })
  const config = throughJson(toConfig(made))
  const [sequence, dense] = (config.config.layers as readonly LayerConfig[]).slice(1)
  const both = (sequence!.config.layers as readonly LayerConfig[]).at(-1)!
  const recurrent = both.config.layer as LayerConfig
  expect([sequence, both, recurrent, dense].map((layer) => layer!.config.trainable)).toEqual([
    ...[false, false, false],
    true,
  ])
  const back = modelFromConfig(config)
  const free = (): readonly boolean[] => back.weights.map(({ trainable }) => trainable)
  expect(free().filter(Boolean)).toHaveLength(2)
  back.getLayer('inner').trainable = true
  expect(free()).not.toContain(false)
})
