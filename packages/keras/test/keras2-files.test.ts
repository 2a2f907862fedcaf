import { gunzipSync } from 'node:zlib'
import { reference } from '@fn/backend-reference'
import { input, layers, type Model, model } from '@fn/core'
import { type GoldenTensor, listFixtures, loadFixture } from '@fn/golden'
import {
  modelFromJson,
  modelFromKeras,
  modelFromTfjs,
  modelToH5,
  modelToKeras,
  modelToTfjs,
  weightFiles,
  weightsFromH5,
} from '@fn/keras'
import { describe, expect, it } from 'vitest'

const bytesOf = (base64: string): Uint8Array => gunzipSync(Buffer.from(base64, 'base64'))

async function expectOutputs(model: Model, inputs: GoldenTensor[], outputs: GoldenTensor[]): Promise<void> {
  model.compile({ backend: await reference() })
  const predicted = await model.predict((inputs.length === 1 ? inputs[0] : inputs) as never)
  const [result] = [predicted].flat() as readonly { readonly data: ArrayLike<number> }[]
  const [expected] = outputs
  expect(result!.data.length).toBe(expected!.data.length)
  const scale = Math.max(1, ...Array.from(expected!.data, Math.abs))
  expected!.data.forEach((value, i) => {
    expect(Math.abs(result!.data[i]! - value)).toBeLessThan(2e-6 * scale)
  })
}

describe.each(listFixtures('keras2Files'))('a model of tf-keras, %s', (name) => {
  const { files, json, weightsFile, inputs, outputs } = loadFixture('keras2Files', name)

  it.each(Object.keys(files) as (keyof typeof files)[])(
    'predicts as it did there, from its .%s file',
    async (suffix) => {
      const model = await modelFromKeras(bytesOf(files[suffix]!))
      await expectOutputs(model, inputs, outputs)
    },
  )

  it('computes the same after it is saved as .keras and as .h5', async () => {
    const model = await modelFromKeras(bytesOf(files.h5))
    await expectOutputs(await modelFromKeras(await modelToKeras(model)), inputs, outputs)
    // Keras has no ellipsis in a .h5 file.
    if (name !== 'caffe' && name !== 'indices')
      await expectOutputs(await modelFromKeras(await modelToH5(model)), inputs, outputs)
  })

  it.each([{}, { byName: true }, { skipMismatch: true }])(
    'predicts as it did there, from its architecture and weights, %j',
    async (options) => {
      const model = modelFromJson(json)
      await weightsFromH5(model, bytesOf(weightsFile), options)
      await expectOutputs(model, inputs, outputs)
    },
  )
})

it('hard_sigmoid of Keras 2 is that of tfjs-layers', async () => {
  const x = input({ shape: [3] })
  const y = layers.dense({ units: 2, activation: 'legacyHardSigmoid' })(x)
  const files = await modelToTfjs(model({ inputs: x, outputs: y }))
  const json = files['model.json']!
  expect(new TextDecoder().decode(json)).toContain('"activation":"hard_sigmoid"')
  const again = modelFromTfjs(
    json,
    weightFiles(json).map((name) => files[name]!),
  )
  expect(again.layers[1]!.config().activation).toMatchObject({ config: { name: 'legacy_hard_sigmoid' } })
})

describe('weights alone', () => {
  const { weightsFile, files } = loadFixture('keras2Files', 'images')
  const part = (units: number): Model => {
    const x = input({ shape: [2] })
    return model({ inputs: x, outputs: layers.dense({ units, name: 'dense' })(x) })
  }

  it('go by name to the layers that the file has', async () => {
    const whole = await modelFromKeras(bytesOf(files.h5))
    const own = part(2)
    await weightsFromH5(own, bytesOf(weightsFile), { byName: true })
    expect(own.getWeights()).toEqual(whole.layers.find(({ name }) => name === 'dense')!.getWeights())
  })

  it('that do not fit are an error, or are skipped with a warning', async () => {
    const own = part(3)
    const before = own.getWeights()
    await expect(weightsFromH5(own, bytesOf(weightsFile), { byName: true })).rejects.toThrow(
      'Dense "dense", kernel: "dense/dense/kernel:0": expected shape [2, 3]. Received: [2, 2].',
    )
    const warnings: string[] = []
    await weightsFromH5(own, bytesOf(weightsFile), {
      byName: true,
      skipMismatch: true,
      onWarning: (message) => warnings.push(message),
    })
    expect(warnings.join()).toContain('Dense "dense", kernel')
    expect(own.getWeights()).toEqual(before)
  })

  it('of other layers than those of the model are an error', async () => {
    await expect(weightsFromH5(part(2), bytesOf(weightsFile))).rejects.toThrow(
      /Expected the weights of 1 layers\. Received: \d+\./,
    )
  })
})

describe('calls of TensorFlow in an architecture', () => {
  const architecture = (layer: object): string =>
    JSON.stringify({
      class_name: 'Functional',
      keras_version: '2.4.0',
      config: {
        name: 'm',
        layers: [
          {
            class_name: 'InputLayer',
            name: 'x',
            config: { batch_input_shape: [null, 2], dtype: 'float32', name: 'x' },
            inbound_nodes: [],
          },
          { name: 'f', ...layer },
        ],
        input_layers: [['x', 0, 0]],
        output_layers: [['f', 0, 0]],
      },
    })
  const call = (name: string, options: object): string =>
    architecture({
      class_name: 'TFOpLambda',
      config: { name: 'f', trainable: true, dtype: 'float32', function: name },
      inbound_nodes: [['x', 0, 0, options]],
    })

  it('are refused by name if they are not known', () => {
    expect(() => modelFromJson(call('signal.fft', {}))).toThrow(
      'TFOpLambda "f": the function tf.signal.fft is not known.',
    )
    expect(() => modelFromJson(call('math.cumsum', { axis: 1, reverse: true }))).toThrow(
      'TFOpLambda "f": the function tf.math.cumsum is not known with the arguments {"axis":1,"reverse":true}.',
    )
    expect(() => modelFromJson(call('math.add', { y: 1, other: 2 }))).toThrow(
      'TFOpLambda "f": the function tf.math.add is not known with the arguments {"other":2}.',
    )
  })

  it('of Keras before 2.4 hold the node of a graph and its constants', async () => {
    const own = modelFromJson(
      architecture({
        class_name: 'TensorFlowOpLayer',
        config: {
          name: 'f',
          trainable: true,
          dtype: 'float32',
          node_def: { name: 'f', op: 'Sub', input: ['f/x', 'x'], attr: { T: { type: 'DT_FLOAT' } } },
          constants: { 0: 1.5 },
        },
        inbound_nodes: [[['x', 0, 0, {}]]],
      }),
    )
    own.compile({ backend: await reference() })
    expect(await own.predict([[1, 4]])).toMatchObject({ data: Float64Array.of(0.5, -2.5) })
  })
})
