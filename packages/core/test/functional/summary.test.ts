import { input, layers, Model, model, modelFromConfig } from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { describe, expect, it } from 'vitest'

const silent = { print: () => {} }

describe('summary', () => {
  it('prints the table of the guide', () => {
    const x = input({ shape: [784], name: 'image' })
    const y = x.pipe(
      layers.dense({ units: 64, activation: 'relu', name: 'dense_1' }),
      layers.dense({ units: 64, activation: 'relu', name: 'dense_2' }),
      layers.dense({ units: 10, activation: 'softmax', name: 'dense_3' }),
    )
    const lines: string[] = []
    model({ inputs: x, outputs: y, name: 'mlp' }).summary({ print: (line) => lines.push(line) })
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "Model: "mlp"
      __________________________________________________________
      Layer (type)        Output Shape  Param #  Connected to
      ==========================================================
      image (InputLayer)  (None, 784)   0
      __________________________________________________________
      dense_1 (Dense)     (None, 64)    50,240   image[0][0]
      __________________________________________________________
      dense_2 (Dense)     (None, 64)    4,160    dense_1[0][0]
      __________________________________________________________
      dense_3 (Dense)     (None, 10)    650      dense_2[0][0]
      ==========================================================
      Total params: 55,050
      Trainable params: 55,050
      Non-trainable params: 0
      __________________________________________________________"
    `)
  })

  it('has one line a connection', () => {
    const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [3], name: 'b' })]
    const dense = layers.dense({ units: 4, name: 'twice' })
    const first = dense(layers.concatenate({ name: 'both' })([a, b]))
    const m = model({
      inputs: [a, b],
      outputs: layers.add({ name: 'sum' })([first, layers.dense({ units: 4, name: 'own' })(a)]),
      name: 'm',
    })
    expect(m.summary(silent)).toMatchInlineSnapshot(`
      "Model: "m"
      _________________________________________________________
      Layer (type)        Output Shape  Param #  Connected to
      =========================================================
      a (InputLayer)      (None, 2)     0
      _________________________________________________________
      b (InputLayer)      (None, 3)     0
      _________________________________________________________
      both (Concatenate)  (None, 5)     0        a[0][0]
                                                 b[0][0]
      _________________________________________________________
      twice (Dense)       (None, 4)     24       both[0][0]
      _________________________________________________________
      own (Dense)         (None, 4)     12       a[0][0]
      _________________________________________________________
      sum (Add)           (None, 4)     0        twice[0][0]
                                                 own[0][0]
      =========================================================
      Total params: 36
      Trainable params: 36
      Non-trainable params: 0
      _________________________________________________________"
    `)
  })
})

describe.each([
  ...listFixtures('summary').map((name) => ['summary', name] as const),
  // At the full size of the guide: no weight is drawn.
  ...listFixtures('guideSummary').map((name) => ['guideSummary', name] as const),
])('%s: the model %s of Keras', (family, name) => {
  const fixture = loadFixture(family, name)
  const made = modelFromConfig({ ...fixture.model })

  it('has the same counts', () => {
    const trainable = made.weights.filter((weight) => weight.trainable)
    const count = (weights: typeof made.weights) =>
      weights.reduce((sum, { variable }) => sum + variable.size, 0)
    expect(count(made.weights)).toBe(fixture.totalParams)
    expect(count(trainable)).toBe(fixture.trainableParams)
  })

  it('has the same layers in the same order, with their shapes, counts and connections', () => {
    const rows = made.layers.map((layer) => {
      const nodes = made.graph.nodes.filter((node) => node.layer === layer)
      const inputs = nodes.flatMap((node) => node.inputs)
      return {
        name: layer.name,
        class_name: layer.className,
        output_shape: layer.getOutputShapeAt(layer instanceof Model ? layer.inboundNodes.length - 1 : 0),
        params: layer.countParams(),
        connectedTo: inputs.map((tensor) => [
          tensor.name,
          nodes.length > 0 ? tensor.node.index : 0,
          tensor.tensorIndex,
        ]),
      }
    })
    expect(rows).toEqual(
      fixture.layers.map(({ name, class_name, output_shape, params, connectedTo }) => ({
        name,
        class_name,
        output_shape,
        params,
        connectedTo,
      })),
    )
  })
})
