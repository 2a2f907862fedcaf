import { textOf } from '#fixtures'
import type { Family } from './families.ts'

export { type Family, families } from './families.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A configuration as Keras writes it. */
export type Config = { [key: string]: Json }

export interface FloatTensor {
  shape: number[]
  dtype: 'float32'
  data: Float32Array
}

export interface IntTensor {
  shape: number[]
  dtype: 'int32'
  data: Int32Array
}

/** One byte for each value, 0 or 1. */
export interface BoolTensor {
  shape: number[]
  dtype: 'bool'
  data: Uint8Array
}

export type GoldenTensor = FloatTensor | IntTensor | BoolTensor

export interface Described {
  class_name: string
  config: Config
}

/** One call of one layer. A layer that merges is called with the list of its inputs. */
export interface LayerFixture extends Described {
  inputs: FloatTensor[]
  /** In the order of Keras's `layer.weights`, given before the call. */
  weights: FloatTensor[]
  weight_names: string[]
  /** For each weight. */
  trainable: boolean[]
  training: boolean
  output: FloatTensor
  output_shape_symbolic: (number | null)[]
  cotangent: FloatTensor
  /** Of the sum of output · cotangent; `weights` holds one for each trainable weight. */
  gradients: { inputs: FloatTensor[]; weights: FloatTensor[] }
  /** All weights after the call, for BatchNormalization called with `training: true`. */
  weightsAfter: FloatTensor[] | null
}

/** One call of a recurrent layer, a wrapper, or a layer that sees masks. */
export interface RecurrentFixture extends Described {
  inputs: (FloatTensor | IntTensor)[]
  /** For each input. */
  masks: (BoolTensor | null)[]
  initialState: FloatTensor[] | null
  training: boolean
  /** What dropout multiplies the inputs and the states with, for cells that drop. */
  dropoutMasks: { inputs: FloatTensor[]; states: FloatTensor[] } | null
  weights: FloatTensor[]
  weightPaths: string[]
  /** For each weight. */
  trainable: boolean[]
  outputs: FloatTensor[]
  output_shapes_symbolic: (number | null)[][]
  /** For each output. */
  outputMasks: (BoolTensor | null)[]
  /** For each output. */
  cotangents: FloatTensor[]
  /** Of the sum of outputs · cotangents; null for inputs of whole numbers. */
  gradients: { inputs: (FloatTensor | null)[]; initialState: FloatTensor[] | null; weights: FloatTensor[] }
  weightsAfter: FloatTensor[] | null
  /** What a stateful layer remembers after the call. */
  statesAfter: FloatTensor[] | null
  /** A second call of a stateful layer, which goes on from there. */
  secondCall: { inputs: FloatTensor[]; outputs: FloatTensor[]; statesAfter: FloatTensor[] } | null
}

export interface LossFixture extends Described {
  y_true: FloatTensor | IntTensor
  y_pred: FloatTensor
  sample_weight: FloatTensor | null
  /** Reduced as the configuration says, with the sample weights. */
  value: number
  /** Without reduction and without sample weights. */
  perSample: FloatTensor
  perSampleWeighted: FloatTensor | null
  /** Of `value` with respect to `y_pred`. */
  gradient: FloatTensor
}

export interface RegularizerFixture extends Described {
  weights: FloatTensor
  value: number
  /** Of `value` with respect to the weights. */
  gradient: FloatTensor
}

export interface ConstraintFixture extends Described {
  weights: FloatTensor
  output: FloatTensor
}

export interface MetricUpdate {
  y_true: FloatTensor | IntTensor
  y_pred: FloatTensor
  sample_weight: FloatTensor | null
  /** The result over this and all earlier updates. */
  result: number
}

export interface MetricFixture extends Described {
  updates: MetricUpdate[]
}

export interface OptimizerFixture extends Described {
  /** Two variables, kernel and bias. */
  initial: FloatTensor[]
  /** For each step, for each variable. */
  gradients: FloatTensor[][]
  /** For each step, for each variable. */
  after: FloatTensor[][]
  /** `optimizer.variables` after the last step: iteration, learning rate, slots. */
  stateNames: string[]
  state: GoldenTensor[]
}

/** What all training variants of one model share. */
export interface TrainingDataFixture {
  model: string
  weightPaths: string[]
  /** For each weight. */
  trainable: boolean[]
  initialWeights: FloatTensor[]
  /** By input name. */
  x: Record<string, FloatTensor>
  /** By target name, or by output name where the model has several outputs. */
  y: Record<string, FloatTensor | IntTensor>
  xValidation: Record<string, FloatTensor>
  yValidation: Record<string, FloatTensor | IntTensor>
  sampleWeight: FloatTensor | null
}

export interface TrainingRun {
  epochs: number
  history: Record<string, number[]>
  /** After fit, with the batch size of fit and without sample weights. */
  evaluate: { train: Record<string, number>; validation: Record<string, number> }
  /** In the order of `weightPaths`. */
  finalWeights: FloatTensor[]
  /** For the first ten training samples, by output name. */
  predictions: Record<string, FloatTensor>
}

export interface TrainingFixture {
  /** The name of the fixture in the family `trainingData`. */
  data: string
  /** The key into its `y`; null where `y` goes by output name. */
  targets: string | null
  model: Described
  compile: {
    optimizer: Described
    /** By output name where the model has several outputs; `isDescribed` tells them apart. */
    loss: Described | Record<string, Described>
    metrics: string[] | Record<string, string[]>
    weighted_metrics: string[] | null
    loss_weights: Record<string, number> | null
  }
  fit: {
    batch_size: number
    shuffle: false
    /** Whether `sampleWeight` of the data is given. */
    sample_weight: boolean
    class_weight: Record<string, number> | null
  }
  initialPredictions: Record<string, FloatTensor>
  /** One epoch and three epochs, each from the initial weights. */
  runs: TrainingRun[]
}

/** A fit of a model with masks, several outputs, penalties or states: two epochs, unshuffled. */
export interface TrainingOptionsFixture {
  model: Described
  weightPaths: string[]
  trainable: boolean[]
  initialWeights: FloatTensor[]
  outputNames: string[]
  /** One for each input. */
  x: (FloatTensor | IntTensor)[]
  /** One for each output. */
  y: (FloatTensor | IntTensor)[]
  sampleWeight: (FloatTensor | null)[] | null
  xValidation: (FloatTensor | IntTensor)[]
  yValidation: (FloatTensor | IntTensor)[]
  sampleWeightValidation: (FloatTensor | null)[] | null
  compile: {
    optimizer: Described
    loss: Described | (Described | null)[] | Record<string, Described | null>
    metrics: string[] | string[][] | Record<string, string[]> | null
    weighted_metrics: string[] | string[][] | Record<string, string[]> | null
    loss_weights: number[] | Record<string, number> | null
  }
  fit: { batch_size: number; epochs: number; shuffle: false; validation: boolean }
  history: Record<string, number[]>
  finalWeights: FloatTensor[]
  statesAfterFit: FloatTensor[] | null
  evaluate: { train: Record<string, number>; validation: Record<string, number> | null }
  /** For the first samples; one for each output. */
  predictions: FloatTensor[]
}

/** A program of the guide at a small size: its answers, and three steps of training. */
export interface GuideFixture {
  model: Described
  weightPaths: string[]
  /** For each weight. */
  trainable: boolean[]
  weights: FloatTensor[]
  inputNames: string[]
  outputNames: string[]
  /** One for each input. */
  inputs: (FloatTensor | IntTensor)[]
  /** One for each output. */
  targets: (FloatTensor | IntTensor)[]
  /** In inference, one for each output. */
  outputs: FloatTensor[]
  compile: { optimizer: Described; loss: Described | (Described | null)[]; loss_weights: number[] | null }
  loss: number
  /** Of the loss, for each trainable weight. */
  gradients: FloatTensor[]
  /** The loss of each of three steps on the same batch. */
  stepLosses: number[]
  /** After the three steps. */
  weightsAfter: FloatTensor[]
  totalParams: number
  trainableParams: number
  nonTrainableParams: number
}

/** One call of a functional model of raw operations, without training. */
export interface OperationsFixture {
  model: Described
  weightPaths: string[]
  weights: FloatTensor[]
  inputs: GoldenTensor[]
  outputs: GoldenTensor[]
  /** For each output, null where it is open. */
  outputShapes: (number | null)[][]
  /** For each output; null where it is not of float32. */
  cotangents: (FloatTensor | null)[]
  /** Of the sum of outputs · cotangents; null for inputs that are not of float32. */
  gradients: { inputs: (FloatTensor | null)[]; weights: FloatTensor[] }
}

/** A file that Keras saved after an epoch of training, what its model answers, and what another epoch makes of it. */
export interface KerasFileFixture {
  /** The bytes of the `.keras` file as base64; those of an older `.h5` file are compressed by gzip. */
  file: string
  inputs: GoldenTensor[]
  /** One for each output; by name where the outputs have names. */
  targets: GoldenTensor[] | Record<string, GoldenTensor>
  outputs: FloatTensor[]
  weightPaths: string[]
  batchSize: number
  /** Of another epoch, unshuffled. */
  history: Record<string, number>
  /** After it. */
  weightsAfter: GoldenTensor[]
  outputsAfter: FloatTensor[]
  /** What `evaluate` returns after it. */
  evaluated?: Record<string, number>
}

/** A file of Keras 2, compressed by gzip, and what it predicts. */
export interface OldFileFixture {
  file: string
  inputs: GoldenTensor[]
  outputs: FloatTensor[]
}

/** A model of tf-keras as whole files, and as its architecture and its weights apart; files are compressed by gzip. */
export interface Keras2FileFixture {
  files: { keras?: string; h5: string }
  /** Of `model.to_json()`. */
  json: string
  /** Of `model.save_weights()`, in HDF5. */
  weightsFile: string
  inputs: GoldenTensor[]
  outputs: FloatTensor[]
}

/** A `.keras` file of a model with unknown sizes. */
export interface DynamicShapeFixture {
  file: string
  /** Of the output; null where a size is unknown. */
  shape: (number | null)[]
  /** At three sizes. */
  runs: { inputs: GoldenTensor[]; output: FloatTensor }[]
  /** For the inputs of the first run: a target, its loss, and what a training step changes the output to. */
  target: GoldenTensor
  loss: number
  outputAfter: FloatTensor
}

/** A run of the callback `EarlyStopping`. */
export interface EarlyStoppingFixture {
  /** The loss after each epoch; null for NaN. */
  values: (number | null)[]
  options: Record<string, unknown>
  /** How many epochs ran. */
  epochs: number
  /** The epoch, from 0, whose weights the model has at the end. */
  weightsOfEpoch: number
}

/** An HDF5 file as base64, compressed by gzip: one that should not be opened, or is unusual. */
export interface Hdf5Fixture {
  file: string
}

export interface SummaryLayer {
  name: string
  class_name: string
  /** Of the first output of the first call. */
  output_shape: (number | null)[]
  params: number
  trainable: boolean
  /** Layer name, node index, tensor index; for all calls of the layer in this model. */
  connectedTo: [string, number, number][]
}

export interface SummaryFixture {
  model: Described
  name: string
  totalParams: number
  trainableParams: number
  nonTrainableParams: number
  layers: SummaryLayer[]
  weightPaths: string[]
}

export interface InitializerCase {
  shape: number[]
  fanIn: number
  fanOut: number
  distribution: 'uniform' | 'normal' | 'truncatedNormal'
  /** No value lies below; null where nothing bounds the values. */
  low: number | null
  high: number | null
  /** Analytic, of the values as they come (after truncation). */
  mean: number
  stddev: number
  drawn: {
    count: number
    mean: number
    stddev: number
    min: number
    max: number
    /** Pairs of probability and value. */
    quantiles: [number, number][]
  }
}

export interface InitializerFixture extends Described {
  cases: InitializerCase[]
}

/** By family. */
export interface Fixtures extends Record<Family, unknown> {
  layers: LayerFixture
  losses: LossFixture
  metrics: MetricFixture
  optimizers: OptimizerFixture
  training: TrainingFixture
  trainingData: TrainingDataFixture
  summary: SummaryFixture
  initializers: InitializerFixture
  recurrent: RecurrentFixture
  trainingOptions: TrainingOptionsFixture
  regularizers: RegularizerFixture
  constraints: ConstraintFixture
  guide: GuideFixture
  guideSummary: SummaryFixture
  operations: OperationsFixture
  kerasFiles: KerasFileFixture
  kerasOldFiles: KerasFileFixture
  hdf5Files: Hdf5Fixture
  frozen: KerasFileFixture
  structures: KerasFileFixture
  fileMasks: KerasFileFixture
  dtypes: KerasFileFixture
  dynamicShapes: DynamicShapeFixture
  applications: KerasFileFixture
  oldFiles: OldFileFixture
  keras2Files: Keras2FileFixture
  earlyStopping: EarlyStoppingFixture
}

/** The families that were read, each fixture still as it came. */
const read = new Map<Family, Readonly<Record<string, unknown>>>()

function familyOf(family: Family): Readonly<Record<string, unknown>> {
  let found = read.get(family)
  if (!found) {
    found = JSON.parse(textOf(family)) as Readonly<Record<string, unknown>>
    read.set(family, found)
  }
  return found
}

/** The names of all fixtures of a family, sorted. */
export const listFixtures = (family: Family): string[] => Object.keys(familyOf(family))

/** One fixture with its tensors decoded; the family gives the type. */
export function loadFixture<F extends Family>(family: F, name: string): Fixtures[F]
export function loadFixture<T>(family: Family, name: string): T
export function loadFixture(family: Family, name: string): unknown {
  const found = familyOf(family)[name]
  if (found === undefined) throw new Error(`Expected a fixture of the family ${family}. Received: ${name}.`)
  return decoded(found)
}

export function isDescribed(value: Described | Record<string, Described>): value is Described {
  return typeof value.class_name === 'string'
}

/** A copy in which every encoded tensor is one with typed data. */
function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded)
  if (typeof value !== 'object' || value === null) return value
  if (isEncoded(value)) return decode(value)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, decoded(entry)]))
}

interface Encoded {
  shape: number[]
  dtype: GoldenTensor['dtype']
  data: string
}

const isEncoded = (value: object): value is Encoded =>
  'data' in value && typeof value.data === 'string' && 'dtype' in value && 'shape' in value

function decode({ shape, dtype, data }: Encoded): GoldenTensor {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))
  const size = shape.reduce((product, dimension) => product * dimension, 1)
  const expected = size * (dtype === 'bool' ? 1 : 4)
  if (bytes.length !== expected) {
    throw new Error(`A tensor of shape [${shape.join(', ')}] needs ${expected} bytes, not ${bytes.length}.`)
  }
  switch (dtype) {
    case 'float32':
      return { shape, dtype, data: new Float32Array(bytes.buffer) }
    case 'int32':
      return { shape, dtype, data: new Int32Array(bytes.buffer) }
    case 'bool':
      return { shape, dtype, data: bytes }
    default:
      throw new Error(`Unknown dtype ${String(dtype)}.`)
  }
}
