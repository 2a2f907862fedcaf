import { reference } from '@fn/backend-reference'
import { modelFromKeras } from '@fn/keras'
import { expect, it } from 'vitest'
import { type Part, writeHdf5 } from '../src/hdf5.ts'

const zeros = { class_name: 'Zeros', config: {} }
const uniform = { class_name: 'GlorotUniform', config: { seed: null, dtype: 'float32' } }
const dense = (name: string, units: number, more = {}) => ({
  class_name: 'Dense',
  config: {
    name,
    trainable: true,
    dtype: 'float32',
    units,
    activation: 'linear',
    use_bias: true,
    kernel_initializer: uniform,
    bias_initializer: zeros,
    kernel_regularizer: null,
    activity_regularizer: null,
    ...more,
  },
})

/** The weights of a layer of so many inputs and outputs; lists of names in parts, as where they are long. */
const weightsOf = (name: string, size: number, units: number, start: number): readonly Part[] => [
  {
    path: `model_weights/${name}`,
    attributes: { weight_names0: `${name}/kernel:0`, weight_names1: `${name}/bias:0` },
  },
  {
    path: `model_weights/${name}/${name}/kernel:0`,
    numbers: {
      shape: [size, units],
      data: Float32Array.from({ length: size * units }, (_, at) => start + at),
    },
  },
  {
    path: `model_weights/${name}/${name}/bias:0`,
    numbers: { shape: [units], data: new Float32Array(units) },
  },
]

// As Keras 2.2 to 2.10 write them; these do not run on the Python of the fixtures.
it('a sequential model of Keras 2 is read: no input layer, another word for the learning rate', async () => {
  const config = { class_name: 'Sequential', config: [dense('d', 2, { batch_input_shape: [null, 3] })] }
  const training = {
    optimizer_config: { class_name: 'SGD', config: { lr: 0.25, momentum: 0, decay: 0, nesterov: false } },
    loss: 'mean_squared_error',
    metrics: ['accuracy'],
    sample_weight_mode: null,
    loss_weights: null,
  }
  const bytes = await writeHdf5([
    { path: 'model_weights', attributes: { layer_names: 'd' } },
    ...weightsOf('d', 3, 2, 1),
    {
      path: '',
      attributes: { model_config: JSON.stringify(config), training_config: JSON.stringify(training) },
    },
  ])
  const model = await modelFromKeras(bytes, { backend: await reference() })
  expect(model.optimizer.learningRate).toBe(0.25)
  expect(await model.predict([[1, 10, 100]])).toMatchObject({ data: Float64Array.of(531, 642) })
})

it('a functional model of Keras 2 is read: a model inside counts a call of its own', async () => {
  const start = (name: string, size: number) => ({
    class_name: 'InputLayer',
    name,
    config: { batch_input_shape: [null, size], dtype: 'float32', sparse: false, name },
    inbound_nodes: [],
  })
  const inner = {
    name: 'inner',
    layers: [start('z', 2), { ...dense('e', 2), name: 'e', inbound_nodes: [[['z', 0, 0, {}]]] }],
    input_layers: [['z', 0, 0]],
    output_layers: [['e', 0, 0]],
  }
  const config = {
    class_name: 'Model',
    config: {
      name: 'outer',
      layers: [
        start('x', 2),
        {
          class_name: 'Model',
          name: 'inner',
          config: inner,
          inbound_nodes: [[['x', 0, 0, {}]], [['inner', 1, 0, {}]]],
        },
        {
          class_name: 'Add',
          name: 'add',
          config: { name: 'add', trainable: true },
          inbound_nodes: [
            [
              ['inner', 1, 0, {}],
              ['inner', 2, 0, {}],
            ],
          ],
        },
      ],
      input_layers: [['x', 0, 0]],
      output_layers: [['add', 0, 0]],
    },
  }
  const [group, ...rest] = weightsOf('inner', 2, 2, 1)
  const bytes = await writeHdf5([
    { path: 'model_weights', attributes: { layer_names0: 'x', layer_names1: 'inner', layer_names2: 'add' } },
    { path: 'model_weights/x' },
    { path: 'model_weights/add' },
    group!,
    ...rest,
    { path: '', attributes: { model_config: JSON.stringify(config) } },
  ])
  const model = await modelFromKeras(bytes)
  model.compile({ backend: await reference() })
  // W = [[1, 2], [3, 4]]: x W + x W W
  expect(await model.predict([[1, 0]])).toMatchObject({ data: Float64Array.of(1 + 7, 2 + 10) })
})

it('a recurrent model of Keras 1 is read: other names, and a weight for each gate', async () => {
  const options = {
    init: 'glorot_uniform',
    inner_init: 'orthogonal',
    forget_bias_init: 'one',
    consume_less: 'cpu',
  }
  const config = {
    class_name: 'Sequential',
    config: [
      {
        class_name: 'LSTM',
        config: {
          name: 'l',
          trainable: true,
          batch_input_shape: [null, 1, 1],
          output_dim: 1,
          activation: 'tanh',
          inner_activation: 'hard_sigmoid',
          W_regularizer: null,
          dropout_W: 0,
          dropout_U: 0,
          return_sequences: false,
          go_backwards: false,
          stateful: false,
          unroll: false,
          ...options,
        },
      },
    ],
  }
  const gates = ['i', 'c', 'f', 'o']
  const names = gates.flatMap((gate) => ['W', 'U', 'b'].map((kind) => `l_${kind}_${gate}`))
  const values = [0.5, 0, 0.25, 2, 0, 0.125, 9, 9, 9, -1, 0, 0.75]
  const bytes = await writeHdf5([
    {
      path: '',
      attributes: { model_config: JSON.stringify(config), keras_version: '1.2.2' },
    },
    {
      path: 'model_weights',
      attributes: { layer_names: ['l'], keras_version: '1.2.2', backend: 'tensorflow' },
    },
    { path: 'model_weights/l', attributes: { weight_names: names } },
    ...names.map((name, i) => ({
      path: `model_weights/l/${name}`,
      numbers: { shape: i % 3 === 2 ? [1] : [1, 1], data: Float32Array.of(values[i]!) },
    })),
  ])
  const model = await modelFromKeras(bytes)
  model.compile({ backend: await reference() })
  // h = o · tanh(i · tanh(c)) of the first step, where no state is that the forget gate could keep.
  const hard = (x: number): number => Math.min(Math.max(0.2 * x + 0.5, 0), 1)
  const h = (x: number): number =>
    hard(-x + 0.75) * Math.tanh(hard(0.5 * x + 0.25) * Math.tanh(2 * x + 0.125))
  const predicted = (await model.predict([[[1]], [[-2]]])) as { readonly data: ArrayLike<number> }
  expect(predicted.data[0]).toBeCloseTo(h(1), 6)
  expect(predicted.data[1]).toBeCloseTo(h(-2), 6)
})
