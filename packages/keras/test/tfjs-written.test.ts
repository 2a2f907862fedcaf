import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reference } from '@fn/backend-reference'
import {
  constraints,
  Generator,
  type HostArray,
  input,
  layers,
  type Model,
  model,
  ops,
  optimizers,
  regularizers,
  type Structure,
  type SymbolicTensor,
  sequential,
} from '@fn/core'
import {
  KerasFileError,
  loadModel,
  modelFromKeras,
  modelFromTfjs,
  modelToKeras,
  modelToTfjs,
  saveModel,
  weightFiles,
} from '@fn/keras'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { beforeAll, expect, it } from 'vitest'
import { ACTIVATIONS, LAYERS, RULES } from '../src/tfjs-layers.ts'

const backend = await reference()

beforeAll(async () => {
  // It says nothing then.
  tf.env().set('PROD', true)
  await tf.setBackend('cpu')
})

type Files = Readonly<Record<string, Uint8Array>>

const shardsOf = (files: Files): readonly Uint8Array[] =>
  weightFiles(files['model.json']!).map((name) => files[name]!)

/** The model that tfjs-layers makes of these files. */
async function inTfjs(files: Files): Promise<tfl.LayersModel> {
  const json = JSON.parse(new TextDecoder().decode(files['model.json'])) as tf.io.ModelJSON
  const artifacts = await tf.io.getModelArtifactsForJSON(json, async ([group]) => {
    const paths = group!.paths.map((path) => files[path]!)
    return [group!.weights, Uint8Array.from(Buffer.concat(paths)).buffer]
  })
  return tfl.loadLayersModel(tf.io.fromMemory(artifacts))
}

const made = (inputs: Structure, outputs: Structure): Model => model({ inputs, outputs }) as Model

/** Numbers for the inputs of a model, and for its weights: variances and kernels alike are above 0 and small. */
function filled(one: Model): readonly HostArray[] {
  const random = new Generator(1)
  for (const { variable } of one.weights) {
    const data = Float32Array.from(random.normal(variable.size), (value) => 0.1 + 0.3 * Math.abs(value))
    variable.assign({ shape: variable.shape, data })
  }
  return one.inputPorts.map(({ tensor: { shape, dtype } }) => {
    const sizes = shape.map((dim) => dim ?? 2)
    const data = random.normal(sizes.reduce((product, size) => product * size, 1))
    if (dtype === 'int32')
      return {
        shape: sizes,
        dtype,
        data: Int32Array.from(data, (value) => Math.floor(Math.abs(value) * 3) % 5),
      }
    return { shape: sizes, dtype: 'float32', data: Float32Array.from(data) }
  })
}

async function expectSameInTfjs(one: Model, x: readonly HostArray[], options = {}): Promise<void> {
  one.compile({ backend, ...options })
  const outputs = await one.predict(x)
  const expected = ('data' in outputs ? [outputs] : Object.values(outputs)) as readonly HostArray[]
  const files = await modelToTfjs(one)
  const there = await inTfjs(files)
  const tensors = x.map(({ data, shape, dtype }) => tf.tensor(data as Float32Array, [...shape], dtype))
  const answers = [there.predict(tensors)].flat() as readonly tf.Tensor[]
  expect(answers.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape))
  for (const [at, answer] of answers.entries()) {
    const scale = Math.max(1, ...Array.from(expected[at]!.data, Math.abs))
    const found = answer.dataSync()
    expected[at]!.data.forEach((value, index) => {
      expect(Math.abs(found[index]! - value) / scale).toBeLessThan(1e-5)
    })
  }
  const back = modelFromTfjs(files['model.json']!, shardsOf(files), { backend })
  const again = await modelFromKeras(await modelToKeras(back))
  const weightsOf = (which: Model) =>
    which.weights.map(({ variable, trainable }) => [variable.data, trainable])
  expect(weightsOf(again)).toEqual(weightsOf(one))
  expect(await back.predict(x)).toMatchObject('data' in outputs ? { data: outputs.data } : {})
}

/** A stack on one input. */
const stack = (shape: readonly number[], ...parts: readonly ((x: SymbolicTensor) => unknown)[]): Model => {
  const start = input({ shape })
  return made(
    start,
    parts.reduce((x, part) => part(x) as SymbolicTensor, start as SymbolicTensor),
  )
}

const image = [6, 6, 2]
const cases: Readonly<Record<string, () => Model>> = {
  'dense layers and their rules': () =>
    stack(
      [3, 4],
      layers.dense({
        units: 3,
        activation: 'silu',
        kernelInitializer: 'lecunNormal',
        kernelRegularizer: regularizers.l2({ l2: 0.1 }),
        biasConstraint: constraints.nonNeg(),
      }),
      layers.layerNormalization(),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 2, useBias: false, activation: 'gelu', trainable: false }),
      layers.activation({ activation: 'softmax' }),
    ),
  activations: () => {
    const x = input({ shape: [4] })
    return made(x, [
      ...(['elu', 'selu', 'relu6', 'softplus', 'softsign', 'tanh', 'logSoftmax'] as const).map((activation) =>
        layers.activation({ activation })(x),
      ),
      layers.elu()(x),
      layers.leakyReLU({ negativeSlope: 0.2 })(x),
      layers.prelu()(x),
      layers.reLU({ maxValue: 1 })(x),
      layers.softmax()(x),
    ])
  },
  'two dimensions': () =>
    stack(
      image,
      layers.rescaling({ scale: 0.5, offset: 1 }),
      layers.zeroPadding2d({ padding: [1, 2] }),
      layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: 'same', activation: 'relu' }),
      layers.batchNormalization(),
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' }),
      layers.cropping2d({ cropping: [1, 1] }),
      layers.separableConv2d({ filters: 4, kernelSize: [2, 3], padding: 'same', activation: 'tanh' }),
      layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
      layers.upSampling2d({ size: 2 }),
      layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      layers.conv2d({ filters: 3, kernelSize: 2, strides: 2 }),
      layers.permute({ dims: [3, 1, 2] }),
      layers.flatten(),
    ),
  'one dimension': () =>
    stack(
      [8, 2],
      layers.conv1d({ filters: 3, kernelSize: 3, padding: 'same', dilationRate: 2 }),
      layers.maxPooling1d({ poolSize: 2 }),
      layers.spatialDropout1d({ rate: 0.5 }),
      layers.averagePooling1d({ poolSize: 2, strides: 1, padding: 'same' }),
      layers.globalMaxPooling1d(),
      layers.repeatVector({ n: 3 }),
      layers.globalAveragePooling1d(),
    ),
  'three dimensions': () =>
    stack(
      [4, 4, 4, 1],
      layers.conv3d({ filters: 2, kernelSize: 2, padding: 'same' }),
      layers.maxPooling3d({ poolSize: 2 }),
      layers.conv3dTranspose({ filters: 2, kernelSize: 2, strides: 2 }),
      layers.averagePooling3d({ poolSize: 2 }),
      layers.reshape({ targetShape: [4, 4] }),
    ),
  'merges and global pooling': () => {
    const x = input({ shape: image })
    const y = input({ shape: image, name: 'y' })
    const pooled = [layers.globalAveragePooling2d()(x), layers.globalMaxPooling2d()(y)]
    return made(
      { x, y },
      {
        sums: layers.add()([x, y, x]),
        means: layers.average()([x, y]),
        largest: layers.maximum()([x, y]),
        smallest: layers.minimum()([x, y]),
        products: layers.multiply()([x, y]),
        both: layers.concatenate({ axis: 1 })([x, y]),
        dots: layers.dot({ axes: 1, normalize: true })(pooled),
      },
    )
  },
  'words with a mask': () => {
    const words = input({ shape: [6], dtype: 'int32' })
    const embedded = layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true })(words)
    const read = embedded.pipe(
      layers.gru({ units: 3, resetAfter: false, returnSequences: true }),
      layers.timeDistributed(layers.dense({ units: 4 })),
      layers.lstm({ units: 2, dropout: 0.1 }),
    )
    const values = input({ shape: [6, 1] })
    const masked = layers.masking({ maskValue: 0 })(layers.reLU()(values))
    return made([words, values], [read, layers.simpleRnn({ units: 2, goBackwards: true })(masked)])
  },
  'recurrence: states, directions, cells': () => {
    const x = input({ shape: [4, 3] })
    const [all, h, c] = layers.lstm({ units: 2, returnSequences: true, returnState: true, name: 'reader' })(x)
    const next = layers.lstm({ units: 2, name: 'writer' })(x, { initialState: [h!, c!] })
    const both = layers.bidirectional(
      layers.gru({ units: 2, resetAfter: false, returnSequences: true, activation: 'relu' }),
      { mergeMode: 'ave' },
    )(all!)
    const cells = layers.rnn({
      cell: [layers.gruCell({ units: 3, resetAfter: false }), layers.lstmCell({ units: 2 })],
      returnSequences: true,
    })(x)
    const cell = layers.rnn({ cell: layers.simpleRnnCell({ units: 2 }) })(x)
    return made(x, [
      next,
      both as SymbolicTensor,
      cells,
      cell,
      layers.bidirectional(layers.lstm({ units: 1 }))(x),
    ])
  },
  'models in models': () => {
    const inside = input({ shape: [4] })
    const other = input({ shape: [4] })
    const mixed = layers.add()([layers.dense({ units: 4 })(inside), other])
    const pair = model({ inputs: [inside, other], outputs: [mixed, layers.dense({ units: 4 })(mixed)] })
    const line = () =>
      sequential([input({ shape: [4] }), layers.dense({ units: 4 }), layers.batchNormalization()])
    const frozen = sequential([input({ shape: [4] }), line(), layers.dense({ units: 4 })], {
      trainable: false,
    })
    const x = input({ shape: [4] })
    const [one, two] = pair([x, frozen(x)])
    const [three] = pair([two, line()(one)])
    const steps = input({ shape: [3, 4] })
    const eachStep = sequential([input({ shape: [4] }), layers.dense({ units: 2 })])
    return made([x, steps], [three, layers.timeDistributed(eachStep)(steps)])
  },
  'a sequential model': () =>
    sequential([
      input({ shape: [4] }),
      layers.dense({ units: 3 }),
      layers.dense({ units: 2 }),
    ]) as unknown as Model,
}

it.each(Object.entries(cases))(
  '%s: the same answers in tfjs-layers, and back bit for bit',
  { timeout: 60_000 },
  async (_, build) => {
    const one = build()
    await expectSameInTfjs(one, filled(one))
  },
)

/** Three layers that are called again and again, on whatever there is. */
function tangle(seed: number): Model {
  const random = new Generator(seed)
  const pick = (count: number): number => Math.floor((random.next() / 2 ** 32) * count)
  const x = input({ shape: [2] })
  const shared = [0, 1, 2].map(() => layers.dense({ units: 2 }))
  const tensors: SymbolicTensor[] = [x]
  for (let at = 0; at < 9; at++) {
    const [one, other] = [tensors[pick(tensors.length)]!, tensors[pick(tensors.length)]!]
    const layer = shared[pick(5)] ?? layers.dense({ units: 2 })
    tensors.push(pick(4) === 0 ? layers.add()([one, other]) : layer(one))
  }
  return made(x, tensors.slice(1))
}

// Layers that take turns: what tfjs-layers can call first, it counts first.
it.each([49, 68, 75, 81, 94, 112])('calls that are counted in another order there, %i', async (seed) => {
  const one = tangle(seed)
  await expectSameInTfjs(one, filled(one))
})

it('what tfjs-layers has not is named, all of it at once', async () => {
  const x = input({ shape: [6, 2], name: 'x' })
  const masked = layers.masking({ name: 'masking' })(x)
  const normed = masked.pipe(
    layers.dense({ units: 2, name: 'größe', activation: 'hardSigmoid' }),
    layers.bidirectional(layers.gru({ units: 1, name: 'gru' }), { name: 'both' }),
    layers.unitNormalization({ name: 'unit' }),
    layers.dense({ units: 2, name: 'inner', activityRegularizer: regularizers.l2() }),
  )
  const inner = model({
    inputs: x,
    outputs: layers.conv1d({ filters: 2, kernelSize: 2, padding: 'causal', groups: 2, name: 'inner' })(x),
  })
  const start = input({ shape: [6, 2] })
  const plus = ops.add(x, 1)
  const outer = model({ inputs: x, outputs: [normed, inner(x), plus] })
  await expect(modelToTfjs(made(start, outer(start)))).rejects.toThrow(
    new KerasFileError(
      [
        'The model can not be written for tfjs-layers; a .keras file holds it.',
        'Dense "größe": it needs a name of letters, digits, "-", "_" and ".", of which the first is a letter or a digit.',
        'Dense "größe": its activation "hard_sigmoid" is another one there.',
        'GRU "gru": it has no reset_after=true there.',
        'UnitNormalization "unit": there is no such layer.',
        'Dense "inner": it has no activity_regularizer=L2 there.',
        'Conv1D "inner": it has no groups=2 there.',
        'Conv1D "inner": it has no padding="causal" there.',
        `Add "${plus.layer.name}": there are no operations on tensors.`,
        'Bidirectional "both": it takes no mask there.',
        'Conv1D "inner": another layer has this name, in another model.',
      ].join('\n'),
    ),
  )
})

it('weights beyond 4 MiB stand in several files', async () => {
  const one = stack([1024], layers.dense({ units: 2048, name: 'wide' }))
  const files = await modelToTfjs(one)
  const sizes = Object.fromEntries(
    shardsOf(files).map(({ length }, at) => [weightFiles(files['model.json']!)[at], length]),
  )
  expect(sizes).toEqual({
    'group1-shard1of3.bin': 2 ** 22,
    'group1-shard2of3.bin': 2 ** 22,
    'group1-shard3of3.bin': 2048 * 4,
  })
  expect(Object.keys(files).at(-1)).toBe('model.json')
  const [kernel] = modelFromTfjs(files['model.json']!, shardsOf(files)).weights
  expect(
    Buffer.from(kernel!.variable.data.buffer).equals(Buffer.concat(shardsOf(files)).subarray(0, 2 ** 23)),
  ).toBe(true)
})

it('how a model was compiled comes back, and is nothing to tfjs-layers', async () => {
  const one = stack([3], layers.dense({ units: 1 }))
  one.compile({ backend, optimizer: optimizers.rmsprop({ learningRate: 0.5, momentum: 1 }), loss: 'mse' })
  const files = await modelToTfjs(one)
  const back = modelFromTfjs(files['model.json']!, shardsOf(files), { backend })
  expect(back.optimizer.config).toEqual(one.optimizer.config)
  expect((await inTfjs(files)).optimizer).toBeUndefined()
})

it('every class and function that is written is one there', () => {
  const there = tf.serialization.SerializationMap.getMap().classNameMap
  const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  const written = [
    ...Object.keys(LAYERS),
    ...Object.values(ACTIVATIONS).map(camel),
    ...Object.values(RULES).map(([name]) => name),
  ]
  expect(written.filter((name) => !Object.hasOwn(there, name))).toEqual([])
})

it('is what saveModel writes under the name of a .json file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fn-tfjs-'))
  const one = stack([3], layers.dense({ units: 2 }))
  const path = join(folder, 'line.json')
  await saveModel(one, path)
  await saveModel(one, path)
  const names = readdirSync(folder).sort()
  expect(names).toEqual([expect.stringMatching(/^group1-[0-9a-f]{16}-shard1of1\.bin$/), 'line.json'])
  expect((await loadModel(path)).getWeights()).toEqual(one.getWeights())
  const refused = stack([3], layers.unitNormalization())
  await expect(saveModel(refused, join(folder, 'other.json'))).rejects.toThrow(KerasFileError)
  expect(readdirSync(folder)).toHaveLength(2)
  rmSync(folder, { recursive: true })
})
