import { ShapeError } from '../errors.ts'
import type {
  Argument,
  OperationDefinition,
  OperationOptions,
  SliceArgument,
} from '../functional/operation.ts'
import type { Scope } from '../functional/scope.ts'
import { normalizeAxis, type Operand } from '../program/builder.ts'
import type { Dim, DType, Value } from '../program/types.ts'

// What every operation means in terms of the builder. The keys are the names of `ops`; options are in Keras's words.

type Write = OperationDefinition['write']

const numpy = (className: string, write: Write): OperationDefinition => ({
  className,
  module: 'keras.src.ops.numpy',
  write,
})
const nn = (className: string, write: Write): OperationDefinition => ({
  className,
  module: 'keras.src.ops.nn',
  write,
})

const isTensor = (arg: Argument<Value>): arg is Value =>
  typeof arg === 'object' && arg !== null && 'dtype' in arg

function tensor(arg: Argument<Value> | undefined): Value {
  if (arg !== undefined && isTensor(arg)) return arg
  throw new ShapeError(`expected a tensor. Received: ${JSON.stringify(arg)}.`)
}

function tensors(arg: Argument<Value> | undefined): readonly Value[] {
  if (Array.isArray(arg)) return (arg as readonly Argument<Value>[]).map(tensor)
  throw new ShapeError(`expected a list of tensors. Received: ${JSON.stringify(arg)}.`)
}

/** A tensor or a number; of two dtypes float32 wins, as in Keras. */
function operands(args: readonly Argument<Value>[], b: Scope): readonly [Operand, Operand] {
  const [x, y] = args.map((arg) => (typeof arg === 'number' ? arg : tensor(arg))) as [Operand, Operand]
  if (typeof x === 'number' || typeof y === 'number') {
    const [value, number] = (typeof x === 'number' ? [y, x] : [x, y]) as [Value, number]
    const dtype: DType = value.dtype === 'int32' && Number.isInteger(number) ? 'int32' : 'float32'
    const wide = b.cast(value, dtype)
    return typeof x === 'number' ? [x, wide] : [wide, y]
  }
  if (x.dtype === y.dtype && x.dtype !== 'bool') return [x, y]
  const dtype: DType = x.dtype === 'float32' || y.dtype === 'float32' ? 'float32' : 'int32'
  return [b.cast(x, dtype), b.cast(y, dtype)]
}

const binary = (className: string, write: (b: Scope, x: Operand, y: Operand) => Value): OperationDefinition =>
  numpy(className, (b, args) => write(b, ...operands(args, b)))

const unary = (className: string, write: (b: Scope, x: Value) => Value): OperationDefinition =>
  numpy(className, (b, [x]) => write(b, tensor(x)))

const axesOf = ({ axis }: OperationOptions): readonly number[] | undefined =>
  axis === null || axis === undefined ? undefined : ([axis].flat() as number[])

const reduction = (
  className: string,
  write: (b: Scope, x: Value, axes: readonly number[] | undefined, keepDims: boolean) => Value,
): OperationDefinition =>
  numpy(className, (b, [x], options) => write(b, tensor(x), axesOf(options), options.keepdims === true))

/** Where an axis would stand if it were put in. */
const insertedAt = (axis: number, rank: number): number => normalizeAxis(axis, rank + 1)

function expandDims(b: Scope, x: Value, axis: number): Value {
  const at = insertedAt(axis, x.shape.length)
  return b.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])
}

/** Elements of an axis by a list of numbers, or rows by a tensor of them. */
function take(b: Scope, x: Value, indices: Argument<Value>, axis: number): Value {
  const at = normalizeAxis(axis, x.shape.length)
  const front = [at, ...x.shape.map((_, other) => other).filter((other) => other !== at)]
  const numbers = isTensor(indices)
    ? b.cast(indices, 'int32')
    : b.constant(
        ([indices].flat(8) as number[]).map((index) => (index < 0 ? index + (x.shape[at] as number) : index)),
        Array.isArray(indices) ? [indices.length] : [],
        'int32',
      )
  const rows = b.gather(b.transpose(x, front), numbers)
  // The axes of the numbers go where the axis was.
  const own = numbers.shape.length
  const order = rows.shape.map((_, place) => place)
  return b.transpose(rows, [...order.slice(own, own + at), ...order.slice(0, own), ...order.slice(own + at)])
}

const isSlice = (item: unknown): item is SliceArgument =>
  typeof item === 'object' && item !== null && 'class_name' in item && item.class_name === '__slice__'

/** x[items…]: slices keep their axes, numbers take theirs away, null puts one in. */
function getItem(b: Scope, x: Value, items: readonly unknown[]): Value {
  const starts: number[] = []
  const ends: (number | null)[] = []
  const strides: number[] = []
  const shape: (number | 'keep')[] = []
  for (const item of items) {
    if (item === null) {
      shape.push(1)
      continue
    }
    const axis = starts.length
    const dim = x.shape[axis]
    if (dim === undefined) throw new ShapeError(`expected at most ${x.shape.length} indices.`)
    const place = (index: number): number => (index < 0 ? index + sizeOf(dim, axis) : index)
    if (typeof item === 'number') {
      starts.push(place(item))
      ends.push(place(item) + 1)
      strides.push(1)
    } else if (isSlice(item)) {
      const { start, stop, step } = item.config
      starts.push(place(start ?? 0))
      ends.push(stop === null ? null : typeof dim === 'number' ? Math.min(place(stop), dim) : place(stop))
      strides.push(step ?? 1)
      shape.push('keep')
    } else throw new ShapeError(`expected slices and whole numbers. Received: ${JSON.stringify(item)}.`)
  }
  const used = starts.length
  for (let axis = used; axis < x.shape.length; axis++) {
    starts.push(0)
    ends.push(null)
    strides.push(1)
    shape.push('keep')
  }
  const part = b.slice(x, starts, ends, strides)
  const kept = part.shape.filter(
    (_, axis) => axis >= used || typeof items.filter((item) => item !== null)[axis] !== 'number',
  )
  let next = 0
  return b.reshape(
    part,
    shape.map((size): Dim => (size === 'keep' ? kept[next++]! : size)),
  )
}

function sizeOf(dim: Dim, axis: number): number {
  if (typeof dim === 'number') return dim
  throw new ShapeError(`expected an index from 0 on along axis ${axis}, whose size is open.`)
}

/** The product of matrices in the last two axes; those before broadcast where one has none. */
function matmul(b: Scope, x: Value, y: Value): Value {
  const [m, n] = [x.shape.length, y.shape.length]
  if (m < 1 || n < 1) throw new ShapeError('expected tensors of rank ≥ 1.')
  if (n <= 2) return b.dot(x, y, { contract: [[m - 1], [Math.max(n - 2, 0)]], batch: [[], []] })
  if (m !== n)
    throw new ShapeError(`expected matrices with the same axes before them. Received: rank ${m} and ${n}.`)
  const batch = x.shape.slice(0, -2).map((_, axis) => axis)
  return b.dot(x, y, { contract: [[m - 1], [n - 2]], batch: [batch, batch] })
}

function alongAxis(b: Scope, x: Value, axis: number, write: (x: Value) => Value): Value {
  const last = x.shape.length - 1
  const at = normalizeAxis(axis, x.shape.length)
  const swap = x.shape.map((_, other) => (other === at ? last : other === last ? at : other))
  return b.transpose(write(b.transpose(x, swap)), swap)
}

const truth = (b: Scope, x: Value): Value => b.cast(x, 'bool')

export const definitions = {
  add: binary('Add', (b, x, y) => b.add(x, y)),
  subtract: binary('Subtract', (b, x, y) => b.sub(x, y)),
  multiply: binary('Multiply', (b, x, y) => b.mul(x, y)),
  divide: binary('TrueDivide', (b, x, y) => {
    const float = (z: Operand): Operand => (typeof z === 'number' ? z : b.cast(z, 'float32'))
    return b.div(float(x), float(y))
  }),
  power: binary('Power', (b, x, y) => b.pow(x, y)),
  maximum: binary('Maximum', (b, x, y) => b.max(x, y)),
  minimum: binary('Minimum', (b, x, y) => b.min(x, y)),
  equal: binary('Equal', (b, x, y) => b.equal(x, y)),
  notEqual: binary('NotEqual', (b, x, y) => b.not(b.equal(x, y))),
  less: binary('Less', (b, x, y) => b.less(x, y)),
  lessEqual: binary('LessEqual', (b, x, y) => b.lessEqual(x, y)),
  greater: binary('Greater', (b, x, y) => b.less(y, x)),
  greaterEqual: binary('GreaterEqual', (b, x, y) => b.lessEqual(y, x)),
  logicalAnd: numpy('LogicalAnd', (b, [x, y]) => b.and(truth(b, tensor(x)), truth(b, tensor(y)))),
  logicalOr: numpy('LogicalOr', (b, [x, y]) => b.or(truth(b, tensor(x)), truth(b, tensor(y)))),
  logicalNot: unary('LogicalNot', (b, x) => b.not(truth(b, x))),
  where: numpy('Where', (b, [condition, ...args]) =>
    b.select(truth(b, tensor(condition)), ...operands(args, b)),
  ),

  negative: unary('Negative', (b, x) => b.neg(x)),
  absolute: unary('Absolute', (b, x) => b.abs(x)),
  sign: unary('Sign', (b, x) => b.sign(x)),
  floor: unary('Floor', (b, x) => b.floor(x)),
  ceil: unary('Ceil', (b, x) => b.ceil(x)),
  square: unary('Square', (b, x) => b.square(x)),
  sqrt: unary('Sqrt', (b, x) => b.sqrt(x)),
  exp: unary('Exp', (b, x) => b.exp(x)),
  log: unary('Log', (b, x) => b.log(x)),
  sin: unary('Sin', (b, x) => b.sin(x)),
  cos: unary('Cos', (b, x) => b.cos(x)),
  tanh: unary('Tanh', (b, x) => b.tanh(x)),
  clip: numpy('Clip', (b, [x], { x_min, x_max }) => b.clip(tensor(x), x_min as number, x_max as number)),
  relu: nn('Relu', (b, [x]) => b.relu(tensor(x))),
  sigmoid: nn('Sigmoid', (b, [x]) => b.sigmoid(tensor(x))),
  softplus: nn('Softplus', (b, [x]) => b.softplus(tensor(x))),
  softmax: nn('Softmax', (b, [x], { axis }) => alongAxis(b, tensor(x), (axis as number) ?? -1, b.softmax)),

  sum: reduction('Sum', (b, x, axes, keep) => b.reduceSum(x, axes, keep)),
  mean: reduction('Mean', (b, x, axes, keep) => b.mean(b.cast(x, 'float32'), axes, keep)),
  max: reduction('Max', (b, x, axes, keep) => b.reduceMax(x, axes, keep)),
  min: reduction('Min', (b, x, axes, keep) => b.reduceMin(x, axes, keep)),
  any: reduction('Any', (b, x, axes, keep) =>
    b.less(0, b.reduceMax(b.cast(truth(b, x), 'float32'), axes, keep)),
  ),
  all: reduction('All', (b, x, axes, keep) =>
    b.less(0, b.reduceMin(b.cast(truth(b, x), 'float32'), axes, keep)),
  ),
  argmax: reduction('Argmax', (b, x, axes, keep) => {
    const [axis] = axes ?? []
    if (axis === undefined) throw new ShapeError('expected an axis to look along.')
    const index = b.argMax(x, axis)
    return keep ? expandDims(b, index, normalizeAxis(axis, x.shape.length)) : index
  }),

  reshape: numpy('Reshape', (b, [x], { newshape }) => {
    const shape = (newshape as readonly (number | null)[]).map((dim): Dim => dim ?? -1)
    const value = tensor(x)
    const open = shape.filter((dim) => dim === -1).length
    // The batch stays what it is where another size is open too.
    return b.reshapeTo(value, open > 1 ? [value.shape[0]!, ...shape.slice(1)] : shape)
  }),
  transpose: numpy('Transpose', (b, [x], { axes }) => {
    const value = tensor(x)
    return b.transpose(value, (axes as number[] | null) ?? value.shape.map((_, axis) => axis).reverse())
  }),
  expandDims: numpy('ExpandDims', (b, [x], { axis }) => expandDims(b, tensor(x), axis as number)),
  squeeze: numpy('Squeeze', (b, [x], options) => {
    const value = tensor(x)
    const axes = axesOf(options)?.map((axis) => normalizeAxis(axis, value.shape.length))
    const wrong = axes?.find((axis) => value.shape[axis] !== 1)
    if (wrong !== undefined)
      throw new ShapeError(`expected size 1 along axis ${wrong}. Received: ${value.shape[wrong]}.`)
    return b.reshape(
      value,
      value.shape.filter((dim, axis) => (axes ? !axes.includes(axis) : dim !== 1)),
    )
  }),
  concatenate: numpy('Concatenate', (b, [list], { axis }) => b.concat(tensors(list), axis as number)),
  stack: numpy('Stack', (b, [list], { axis }) => {
    const parts = tensors(list).map((part) => expandDims(b, part, axis as number))
    return b.concat(parts, insertedAt(axis as number, parts[0]!.shape.length - 1))
  }),
  matmul: numpy('Matmul', (b, [x, y]) => matmul(b, tensor(x), tensor(y))),
  take: numpy('Take', (b, [x, indices], { axis }) => take(b, tensor(x), indices!, (axis as number) ?? 0)),
  slice: numpy('GetItem', (b, [x, items]) => getItem(b, tensor(x), Array.isArray(items) ? items : [items])),
  cast: {
    className: 'Cast',
    module: 'keras.src.ops.core',
    write: (b, [x], { dtype }) => b.cast(tensor(x), dtype as DType),
  },
} satisfies Record<string, OperationDefinition>
