import type { HostArray } from '../backend.ts'
import { DataError } from '../errors.ts'
import type { InputRange } from '../functional/input-ranges.ts'
import { type InputDType, integerRangeOf, roundingOf } from '../functional/input-type.ts'
import type { InputPort, Model, Port } from '../functional/model.ts'
import { followed } from '../functional/structure.ts'
import type { OpenShape } from '../functional/symbolic-tensor.ts'
import { formatShape, sizeOf } from '../program/dims.ts'
import type { DType } from '../program/types.ts'
import type { OutputPlan, Plan } from './plan.ts'

/** Numbers in nested arrays, row by row. */
export type NestedNumbers = readonly (number | boolean | NestedNumbers)[]

export type TypedNumbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array

/** The data of an input of int64 or uint64. */
export type BigNumbers = BigInt64Array | BigUint64Array

/** A shape with row-major elements; a HostArray is one. */
export interface ShapedNumbers {
  readonly shape: readonly number[]
  readonly data: TypedNumbers | BigNumbers
}

/**
 * Samples: nested arrays, a HostArray, or a flat typed array that holds whole samples one after the other.
 */
export type Data = NestedNumbers | TypedNumbers | BigNumbers | ShapedNumbers

/** Data in lists and records, as the tensors of a model are. */
export type DataTree = Data | readonly DataTree[] | { readonly [name: string]: DataTree }

/**
 * Data for each of several tensors: one, a list in their order, or a record by their names. Tensors in nested lists and
 * records take data in the same form, or by the names `pair.left` and `pair.0`.
 */
export type DataFor = Data | readonly DataTree[] | Readonly<Record<string, DataTree>>

/** Weights for each of several outputs. */
export type WeightsFor = DataFor | readonly (Data | null)[]

/** Samples as the loop takes them: their number first in the shape, elements row-major. */
export interface Samples {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly data: TypedNumbers
}

/** All that a pass over data needs: one entry for each input and each output of the model. */
export interface Table {
  readonly inputs: readonly Samples[]
  readonly targets: readonly (Samples | undefined)[]
  readonly weights: readonly (Samples | undefined)[]
  readonly rows: number
}

/** A weight for each class number; for several outputs one such record for each, by name. A class without one weighs 1. */
export type ClassWeights =
  | Readonly<Record<number, number>>
  | Readonly<Record<string, Readonly<Record<number, number>>>>

export interface TableOptions {
  /** For each sample, or each step of it; in a list null is for an output whose samples all count alike. */
  readonly sampleWeight?: WeightsFor
  /** The weight of each class, by its number; for a model with several outputs, by the names of these. */
  readonly classWeight?: ClassWeights
  /** Whether NaN and infinite values are refused. */
  readonly checkFinite?: boolean
}

/**
 * Checks the data of a model and brings it into form.
 *
 * @throws DataError naming the input or output, what it expects and what came
 */
export function tableOf(
  model: Model,
  plan: Plan | undefined,
  x: DataFor,
  y: DataFor | undefined,
  options: TableOptions = {},
): Table {
  const inputs = distribute('x', 'input', model.inputPorts, followed(model.inputs, x) ?? x).map((data, at) =>
    inputSamples(model.inputPorts[at]!, data, model.inputRanges(at)),
  )
  const rows = inputs[0]!.shape[0]!
  inputs.forEach(({ shape }, at) => {
    if (shape[0] !== rows) {
      throw new DataError(
        `x: expected as many samples for input "${model.inputPorts[at]!.name}" as for "${model.inputPorts[0]!.name}", ${rows}. Received: ${shape[0]}.`,
      )
    }
  })
  if (rows === 0) throw new DataError('x: expected at least one sample. Received: 0.')
  expectSharedSizes(model, inputs)
  const targets = plan === undefined ? [] : targetSamples(model, plan, y, rows)
  const weights = plan === undefined ? [] : weightSamples(model, plan, targets, rows, options)
  if (options.checkFinite) {
    const names = { x: model.inputPorts, y: model.outputPorts, sampleWeight: model.outputPorts }
    for (const [what, list] of [
      ['x', inputs],
      ['y', targets],
      ['sampleWeight', weights],
    ] as const) {
      list.forEach((samples, at) => {
        if (samples !== undefined) expectFinite(`${what} "${names[what][at]!.name}"`, samples)
      })
    }
  }
  return { inputs, targets, weights, rows }
}

/** Inputs that name a size share it. */
function expectSharedSizes(model: Model, inputs: readonly Samples[]): void {
  const sizes = new Map<string, { readonly size: number; readonly input: string }>()
  model.inputPorts.forEach(({ name, tensor }, i) => {
    tensor.dims.slice(1).forEach((dim, at) => {
      if (typeof dim === 'number') return
      const size = inputs[i]!.shape[at + 1]!
      const known = sizes.get(dim)
      if (known === undefined) sizes.set(dim, { size, input: name })
      else if (known.size !== size)
        throw new DataError(
          `x "${name}": expected a size of ${known.size} along axis ${at + 1}, "${dim}", as for "${known.input}". Received: ${size}.`,
        )
    })
  })
}

// ---- Which data is for which tensor -----------------------------------------------------------------

const isShaped = (data: unknown): data is ShapedNumbers =>
  typeof data === 'object' && data !== null && 'shape' in data && 'data' in data

/** Whether it is data for one tensor. */
const isOne = (data: unknown): data is Data =>
  ArrayBuffer.isView(data) ||
  isShaped(data) ||
  (Array.isArray(data) && !data.some((entry) => ArrayBuffer.isView(entry) || isShaped(entry)))

/** Data for each tensor, in order. */
function distribute(
  what: string,
  kind: 'input' | 'output',
  ports: readonly Port[],
  given: DataFor | readonly unknown[],
): readonly Data[] {
  const names = ports.map(({ name }) => name)
  if (given === undefined || given === null) {
    throw new DataError(
      `${what}: expected data for ${names.map((name) => `"${name}"`).join(', ')}. Received: ${given}.`,
    )
  }
  if (Array.isArray(given) && (ports.length > 1 || !isOne(given))) {
    if (given.length !== ports.length) {
      throw new DataError(
        `${what}: expected a list of ${ports.length}, for ${names.join(', ')}. Received: a list of ${given.length}.`,
      )
    }
    return given as readonly Data[]
  }
  if (isOne(given)) {
    if (ports.length === 1) return [given]
    throw new DataError(
      `${what}: expected data for ${names.join(', ')}, as a list or a record. Received: one array.`,
    )
  }
  if (typeof given !== 'object')
    throw new DataError(`${what}: expected arrays of numbers. Received: ${typeof given}.`)
  return fromRecord(what, kind, ports, given as Readonly<Record<string, Data>>)
}

/** A tensor goes by its name in the model, or by that of its layer. */
function fromRecord(
  what: string,
  kind: 'input' | 'output',
  ports: readonly Port[],
  record: Readonly<Record<string, Data>>,
): readonly Data[] {
  const names = ports.map(({ name }) => name).join(', ')
  const keys = ports.map(({ name, tensor }) => (Object.hasOwn(record, name) ? name : tensor.name))
  for (const key of Object.keys(record)) {
    if (!keys.includes(key))
      throw new DataError(`${what}: the model has no ${kind} "${key}". Its ${kind}s: ${names}.`)
  }
  return keys.map((key, at) => {
    const data = Object.hasOwn(record, key) ? record[key] : undefined
    if (data === undefined)
      throw new DataError(
        `${what}: expected data for ${kind} "${ports[at]!.name}". Received: ${Object.keys(record).join(', ') || 'none'}.`,
      )
    return data
  })
}

// ---- One tensor -------------------------------------------------------------------------------------

const isBig = (data: unknown): data is BigNumbers =>
  data instanceof BigInt64Array || data instanceof BigUint64Array

/** Integers beyond 2⁵³ are rounded here: they are out of the range of every input, which is checked afterwards. */
function withoutBigInts(data: Data): Exclude<Data, BigNumbers | ShapedNumbers> | Omit<Samples, 'dtype'> {
  const plain = (numbers: BigNumbers): Float64Array => Float64Array.from(numbers as BigInt64Array, Number)
  if (isBig(data)) return plain(data)
  if (isShaped(data)) return isBig(data.data) ? { ...data, data: plain(data.data) } : (data as Samples)
  return data
}

/** A shape and flat elements, from whatever form. A flat typed array is cut into samples of the given shape. */
function shaped(label: string, given: Data, sample: OpenShape): Omit<Samples, 'dtype'> {
  const data = withoutBigInts(given)
  if (isShaped(data)) {
    if (!ArrayBuffer.isView(data.data) || data.data instanceof DataView || !Array.isArray(data.shape))
      throw new DataError(
        `${label}: expected { shape, data } with a list of sizes and a typed array. Received: ${describe(data.shape)} and ${describe(data.data)}.`,
      )
    if (data.shape.some((size) => !(Number.isInteger(size) && size >= 0)))
      throw new DataError(`${label}: expected a shape of integers ≥ 0. Received: ${formatShape(data.shape)}.`)
    if (sizeOf(data.shape) !== data.data.length) {
      throw new DataError(
        `${label}: expected ${sizeOf(data.shape)} elements for shape ${formatShape(data.shape)}. Received: ${data.data.length}.`,
      )
    }
    return { shape: data.shape, data: data.data }
  }
  if (ArrayBuffer.isView(data)) {
    const size = sample.reduce<number>((product, dim) => product * (dim ?? Number.NaN), 1)
    if (Number.isNaN(size))
      throw new DataError(
        `${label}: expected { shape, data }, since ${formatShape([null, ...sample])} is open. Received: a flat array.`,
      )
    if (data.length % size !== 0) {
      throw new DataError(
        `${label}: expected whole samples of ${formatShape(sample)}, ${size} elements each. Received: ${data.length} elements.`,
      )
    }
    return { shape: [data.length / size, ...(sample as readonly number[])], data }
  }
  if (!Array.isArray(data))
    throw new DataError(`${label}: expected arrays of numbers. Received: ${describe(data)}.`)
  return flattened(label, data as NestedNumbers)
}

/** A value as messages name it. */
function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  return value.constructor?.name ?? 'an object'
}

/** More axes than any engine has. An array that holds itself has more. */
const MOST_AXES = 32

function flattened(label: string, nested: NestedNumbers): Omit<Samples, 'dtype'> {
  const shape: number[] = []
  for (let level: unknown = nested; Array.isArray(level); level = level[0]) {
    shape.push(level.length)
    if (shape.length > MOST_AXES)
      throw new DataError(
        `${label}: expected at most ${MOST_AXES} axes. Received: more, or an array that holds itself.`,
      )
  }
  const data = new Float64Array(sizeOf(shape))
  let at = 0
  const fill = (level: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (typeof level !== 'number' && typeof level !== 'boolean') {
        throw new DataError(
          `${label}: expected numbers. Received: ${Array.isArray(level) ? 'rows of different depth' : typeof level === 'string' ? JSON.stringify(level) : describe(level)}.`,
        )
      }
      data[at++] = Number(level)
      return
    }
    if (!Array.isArray(level) || level.length !== shape[axis]) {
      const received = Array.isArray(level) ? `${level.length}` : 'a number'
      throw new DataError(`${label}: expected rows of equal length ${shape[axis]}. Received: ${received}.`)
    }
    // Holes are visited too, as undefined.
    for (let i = 0; i < level.length; i++) fill(level[i], axis + 1)
  }
  fill(nested, 0)
  return { shape, data }
}

const fits = (shape: readonly number[], sample: OpenShape): boolean =>
  shape.length === sample.length + 1 && sample.every((dim, axis) => dim === null || dim === shape[axis + 1])

/** Samples of the given shape; [n] serves for [n, 1], and [n, 1] for [n]. */
function fitted(label: string, data: Data, sample: OpenShape): Omit<Samples, 'dtype'> {
  const samples = shaped(label, data, sample)
  if (fits(samples.shape, sample)) return samples
  const widened = [...samples.shape, 1]
  if (fits(widened, sample)) return { ...samples, shape: widened }
  const narrowed = samples.shape.slice(0, -1)
  if (samples.shape.at(-1) === 1 && fits(narrowed, sample)) return { ...samples, shape: narrowed }
  throw new DataError(
    `${label}: expected shape ${formatShape([null, ...sample])}. Received: ${formatShape(samples.shape)}.`,
  )
}

function inputSamples(
  { name, tensor, dataType }: InputPort,
  data: Data,
  ranges: readonly InputRange[],
): Samples {
  const label = `x "${name}"`
  const samples = fitted(label, data, tensor.shape.slice(1))
  for (const range of ranges) expectRange(label, samples, range)
  const batch = tensor.shape[0]
  if (batch !== null && batch !== undefined && samples.shape[0]! % batch !== 0) {
    throw new DataError(
      `${label}: expected whole batches of ${batch}. Received: ${samples.shape[0]} samples.`,
    )
  }
  const integers = integerRangeOf(dataType)
  if (integers !== undefined) expectIntegers(label, samples.data, dataType, integers)
  const round = roundingOf(dataType)
  const elements = round === undefined ? samples.data : Float32Array.from(samples.data, round)
  return { ...samples, data: elements, dtype: tensor.dtype }
}

function expectRange(
  label: string,
  { data, shape }: Omit<Samples, 'dtype'>,
  { low, high, label: taker }: InputRange,
): void {
  const wrong = data.findIndex((value) => !(value >= low && value <= high))
  if (wrong >= 0) {
    const sample = Math.floor(wrong / (data.length / shape[0]!))
    throw new DataError(
      `${label}: expected numbers from ${low} to ${high}, as ${taker} has. Received: ${data[wrong]} in sample ${sample}.`,
    )
  }
}

/** The arrays whose elements fit a type as they are. */
const HOLDERS: Readonly<Partial<Record<InputDType, readonly (new () => TypedNumbers)[]>>> = {
  int32: [Int32Array, Int16Array, Uint16Array, Int8Array, Uint8Array],
  int64: [Int32Array, Int16Array, Uint16Array, Int8Array, Uint8Array],
  uint8: [Uint8Array, Uint8ClampedArray],
}

function expectIntegers(
  label: string,
  data: TypedNumbers,
  dtype: InputDType,
  { least, greatest }: { readonly least: number; readonly greatest: number },
): void {
  if (HOLDERS[dtype]?.some((holder) => data instanceof holder)) return
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!
    if (!(Number.isInteger(value) && value >= least && value <= greatest))
      throw new DataError(
        `${label}: expected integers from ${least} to ${greatest}, of ${dtype}. Received: ${value} at element ${i}.`,
      )
  }
}

function expectFinite(label: string, { data, shape }: Samples): void {
  const row = data.length / shape[0]!
  for (let at = 0; at < data.length; at++) {
    if (!Number.isFinite(data[at])) {
      throw new DataError(
        `${label}: expected finite numbers. Received: ${data[at]} in sample ${Math.floor(at / row)}.`,
      )
    }
  }
}

// ---- Targets and weights --------------------------------------------------------------------------------

function targetSamples(
  model: Model,
  plan: Plan,
  y: DataFor | undefined,
  rows: number,
): readonly (Samples | undefined)[] {
  const wanted = plan.outputs.map(({ loss, metrics }) => loss !== undefined || metrics.length > 0)
  const ports = model.outputPorts.filter((_, at) => wanted[at])
  if (y === undefined) {
    throw new DataError(
      `y: expected targets for ${ports.map(({ name }) => `"${name}"`).join(', ')}. Received: none.`,
    )
  }
  const inForm = followed(model.outputs, y)?.filter((_, i) => wanted[i])
  const list = distribute('y', 'output', ports, inForm ?? y)
  return plan.outputs.map((output, at) => {
    if (!wanted[at]) return undefined
    const port = model.outputPorts[at]!
    const samples = targetOf(output, port, list[ports.indexOf(port)]!, rows)
    if (samples.shape[0] !== rows) {
      throw new DataError(
        `y "${port.name}": expected ${rows} samples, as in x. Received: ${samples.shape[0]}.`,
      )
    }
    return samples
  })
}

function targetOf({ loss, name }: OutputPlan, { tensor }: Port, data: Data, rows: number): Samples {
  const label = `y "${name}"`
  const sample = tensor.shape.slice(1)
  if (loss?.target === 'classes') return classSamples(label, data, sample)
  if (loss?.target === 'same') {
    const samples = fitted(label, data, sample)
    return { ...samples, dtype: 'float32' }
  }
  return { ...anyTarget(label, data, sample, rows), dtype: 'float32' }
}

/** Targets of a loss of the user: of any shape; flat arrays hold what the predictions do, or one number a row of them. */
function anyTarget(label: string, data: Data, sample: OpenShape, rows: number): Omit<Samples, 'dtype'> {
  if (!ArrayBuffer.isView(data)) return shaped(label, data, sample)
  const own = (data as TypedNumbers).length
  const candidates = [sample, sample.slice(0, -1), []].filter((shape) => !shape.includes(null))
  const match = candidates.find((shape) => rows * sizeOf(shape as readonly number[]) === own)
  if (match === undefined)
    throw new DataError(
      `${label}: expected { shape, data }, or a flat array of ${candidates.map((shape) => rows * sizeOf(shape as readonly number[])).join(' or ')} elements for ${rows} samples. Received: ${own}.`,
    )
  return { shape: [rows, ...(match as readonly number[])], data: data as TypedNumbers }
}

/** [n, …] or [n, …, 1] class numbers for predictions [n, …, classes]. */
function classSamples(label: string, data: Data, sample: OpenShape): Samples {
  const classes = sample.at(-1)
  const lead = sample.slice(0, -1)
  const samples = shaped(label, data, lead)
  const narrow =
    samples.shape.at(-1) === 1 && !fits(samples.shape, lead) ? samples.shape.slice(0, -1) : samples.shape
  if (!fits(narrow, lead)) {
    const hint = fits(samples.shape, sample)
      ? ' For one-hot targets the loss is categoricalCrossentropy.'
      : ''
    throw new DataError(
      `${label}: expected class numbers of shape ${formatShape([null, ...lead])}. Received: ${formatShape(samples.shape)}.${hint}`,
    )
  }
  const labels = samples.data
  for (let at = 0; at < labels.length; at++) {
    const value = labels[at]!
    if (!Number.isInteger(value) || value < 0 || (typeof classes === 'number' && value >= classes)) {
      throw new DataError(
        `${label}: expected class numbers from 0 to ${(classes ?? 0) - 1}. Received: ${value} at sample ${at}.`,
      )
    }
  }
  return { shape: narrow, data: labels, dtype: 'int32' }
}

function weightSamples(
  model: Model,
  plan: Plan,
  targets: readonly (Samples | undefined)[],
  rows: number,
  { sampleWeight, classWeight }: TableOptions,
): readonly (Samples | undefined)[] {
  if (classWeight !== undefined) {
    if (sampleWeight !== undefined)
      throw new DataError('Expected either sampleWeight or classWeight. Received: both.')
    const records = classWeightsOf(model.outputPorts, classWeight)
    return targets.map((target, at) => target && records[at] && classWeights(target, records[at]))
  }
  if (sampleWeight === undefined) return plan.outputs.map(() => undefined)
  const weigh = (port: Port, data: Data): Samples => {
    const label = `sampleWeight "${port.name}"`
    const { shape, data: values } = shaped(label, data, [])
    if (shape[0] !== rows)
      throw new DataError(`${label}: expected ${rows} weights, one a sample. Received: ${shape[0]}.`)
    const flat = shape.length === 2 && shape[1] === 1 ? [rows] : shape
    return { shape: flat, data: values, dtype: 'float32' }
  }
  const perOutput = Array.isArray(sampleWeight) && sampleWeight.includes(null)
  // One list of weights serves all outputs.
  if (!perOutput && isOne(sampleWeight)) return model.outputPorts.map((port) => weigh(port, sampleWeight))
  if (Array.isArray(sampleWeight)) {
    return distribute('sampleWeight', 'output', model.outputPorts, sampleWeight).map((data, at) =>
      data === null ? undefined : weigh(model.outputPorts[at]!, data),
    )
  }
  if (Object.prototype.toString.call(sampleWeight) !== '[object Object]')
    throw new DataError(
      `sampleWeight: expected arrays of numbers, in a list or a record for several outputs. Received: ${describe(sampleWeight)}.`,
    )
  const record = sampleWeight as Readonly<Record<string, Data>>
  const ports = model.outputPorts.filter(({ name }) => Object.hasOwn(record, name))
  const data = fromRecord('sampleWeight', 'output', ports, record)
  return model.outputPorts.map((port) =>
    ports.includes(port) ? weigh(port, data[ports.indexOf(port)]!) : undefined,
  )
}

/** One record for each output. */
function classWeightsOf(
  ports: readonly Port[],
  given: ClassWeights,
): readonly (Readonly<Record<number, number>> | undefined)[] {
  const isPlain = (value: ClassWeights): value is Readonly<Record<number, number>> =>
    Object.values(value).every((weight) => typeof weight === 'number')
  const names = ports.map(({ name }) => name)
  if (isPlain(given)) {
    if (ports.length === 1) return [given]
    throw new DataError(
      `classWeight: expected a record of output names, of ${names.join(', ')}. Received: the weights of one output.`,
    )
  }
  for (const key of Object.keys(given)) {
    if (!names.includes(key))
      throw new DataError(`classWeight: the model has no output "${key}". Its outputs: ${names.join(', ')}.`)
  }
  return names.map((name) => given[name])
}

/**
 * The weight of the class of each sample, or of each step of it: class numbers, or one-hot targets, which name their greatest
 * element. Classes without a weight have 1.
 */
function classWeights({ shape, data, dtype }: Samples, weightOf: Readonly<Record<number, number>>): Samples {
  for (const [label, weight] of Object.entries(weightOf)) {
    if (!/^\d+$/.test(label) || !(Number.isFinite(weight) && weight >= 0))
      throw new DataError(
        `classWeight: expected finite weights ≥ 0 by class numbers. Received: ${String(weight)} for class ${JSON.stringify(label)}.`,
      )
  }
  const isNamed = dtype === 'int32' || shape.length === 1
  const size = isNamed ? 1 : shape.at(-1)!
  const lead = isNamed ? shape : shape.slice(0, -1)
  const weights = Float32Array.from({ length: sizeOf(lead) }, (_, i) => {
    const start = i * size
    let label = Math.round(data[start]!)
    if (size > 1) {
      label = 0
      for (let k = 1; k < size; k++) if (data[start + k]! > data[start + label]!) label = k
    }
    return weightOf[label] ?? 1
  })
  return { shape: lead, data: weights, dtype: 'float32' }
}

// ---- Batches ----------------------------------------------------------------------------------------------

const holders = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const

/** Samples as an array that a backend takes. */
export function hostArrayOf({ shape, data, dtype }: Samples): HostArray {
  const holder = holders[dtype]
  return { shape, dtype, data: data instanceof holder ? data : holder.from(data) }
}

/** The given rows of some samples, as an array that a backend takes. */
export function gather({ shape, data, dtype }: Samples, rows: ArrayLike<number>): HostArray {
  const size = sizeOf(shape.slice(1))
  const holder = new holders[dtype](rows.length * size)
  for (let row = 0; row < rows.length; row++) {
    const start = rows[row]! * size
    holder.set(data.subarray(start, start + size), row * size)
  }
  return { shape: [rows.length, ...shape.slice(1)], dtype, data: holder }
}

/** Rows [start, end) of a table, as a table of its own. */
export function sliceTable(table: Table, start: number, end: number): Table {
  const cut = (samples: Samples): Samples => {
    const size = sizeOf(samples.shape.slice(1))
    const data = samples.data.subarray(start * size, end * size)
    return { ...samples, shape: [end - start, ...samples.shape.slice(1)], data }
  }
  const some = (samples: Samples | undefined): Samples | undefined => samples && cut(samples)
  return {
    inputs: table.inputs.map(cut),
    targets: table.targets.map(some),
    weights: table.weights.map(some),
    rows: end - start,
  }
}
