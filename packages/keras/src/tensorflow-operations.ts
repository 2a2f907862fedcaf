import { KerasFileError } from './errors.ts'

// Calls of TensorFlow's functions in functional models of Keras 2, as operations of Keras 3. Files have them as layers of the
// classes TFOpLambda and SlicingOpLambda (2.4 and later) and TensorFlowOpLayer (before that).

type Config = Readonly<Record<string, unknown>>

/** An operation of Keras 3 and what it takes: tensors, constants and further operations. */
export class Expression {
  constructor(
    /** 'numpy.Add' */
    readonly kind: string,
    readonly args: readonly unknown[],
    readonly settings: Config = {},
  ) {}
}

/** A tensor of the graph, as a config has it. */
export interface TensorConfig {
  readonly class_name: '__keras_tensor__'
  readonly config: Config
}

/** What a function computes of its first argument and of the others, which have names; undefined where that is not known. */
type Rule = (x: unknown, others: Config) => Expression | undefined

const op = (kind: string, args: readonly unknown[], settings?: Config): Expression =>
  new Expression(kind, args, settings)

/** f(x) */
const unary =
  (kind: string, settings?: Config): Rule =>
  (x) =>
    op(kind, [x], settings)

/** f(x, y) */
const binary =
  (kind: string): Rule =>
  (x, { y }) =>
    op(kind, [x, constant(y)])

const reduction =
  (kind: string): Rule =>
  (x, { axis = null, keepdims }) =>
    op(kind, [x], { axis, keepdims: keepdims ?? false })

/** Lists of numbers as arrays; what else there is stays. */
function constant(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const numbers = value.flat(Number.POSITIVE_INFINITY) as readonly unknown[]
  if (!numbers.every((one) => typeof one === 'number')) return value
  const dtype = numbers.every(Number.isInteger) ? 'int32' : 'float32'
  return { class_name: '__numpy__', config: { value, dtype } }
}

/** An index of one axis; Keras 2 writes ranges without their class, and the ellipsis without its config. */
function indexOf(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry
  if ((entry as Config).class_name === '__ellipsis__') return { class_name: '__ellipsis__', config: {} }
  const { start = null, stop = null, step = null } = entry as Config
  return { class_name: '__slice__', config: { start, stop, step } }
}

/** A matrix with its last two axes exchanged where that is asked for. */
const turned = (x: unknown, isTurned: unknown): unknown =>
  isTurned === true ? op('numpy.Swapaxes', [x], { axis1: -1, axis2: -2 }) : x

/** x · (max(Σ x², ε))^(−1/2) */
const l2Normalize: Rule = (x, { axis = null, epsilon = 1e-12 }) => {
  const squares = op('numpy.Sum', [op('numpy.Square', [x])], { axis, keepdims: true })
  return op('numpy.Multiply', [x, op('math.Rsqrt', [op('numpy.Maximum', [squares, epsilon])])])
}

/** By the name of the function without its module. */
const RULES: Readonly<Record<string, Rule>> = {
  add: binary('numpy.Add'),
  subtract: binary('numpy.Subtract'),
  sub: binary('numpy.Subtract'),
  multiply: binary('numpy.Multiply'),
  mul: binary('numpy.Multiply'),
  truediv: binary('numpy.TrueDivide'),
  divide: binary('numpy.TrueDivide'),
  div: binary('numpy.TrueDivide'),
  pow: binary('numpy.Power'),
  maximum: binary('numpy.Maximum'),
  minimum: binary('numpy.Minimum'),
  squared_difference: (x, { y }) => op('numpy.Square', [op('numpy.Subtract', [x, constant(y)])]),
  divide_no_nan: (x, { y }) => {
    const divisor = constant(y)
    const isZero = op('numpy.Equal', [divisor, 0])
    // The quotient is computed for each element, and may not be 0 / 0 where it is not taken.
    return op('numpy.Where', [
      isZero,
      0,
      op('numpy.TrueDivide', [x, op('numpy.Where', [isZero, 1, divisor])]),
    ])
  },
  equal: binary('numpy.Equal'),
  not_equal: binary('numpy.NotEqual'),
  less: binary('numpy.Less'),
  less_equal: binary('numpy.LessEqual'),
  greater: binary('numpy.Greater'),
  greater_equal: binary('numpy.GreaterEqual'),
  logical_and: binary('numpy.LogicalAnd'),
  logical_or: binary('numpy.LogicalOr'),
  logical_not: unary('numpy.LogicalNot'),
  negative: unary('numpy.Negative'),
  abs: unary('numpy.Absolute'),
  square: unary('numpy.Square'),
  sign: unary('numpy.Sign'),
  sqrt: unary('numpy.Sqrt'),
  rsqrt: unary('math.Rsqrt'),
  reciprocal: unary('numpy.Reciprocal'),
  exp: unary('numpy.Exp'),
  expm1: unary('numpy.Expm1'),
  log: unary('numpy.Log'),
  log1p: unary('numpy.Log1p'),
  sin: unary('numpy.Sin'),
  cos: unary('numpy.Cos'),
  tanh: unary('numpy.Tanh'),
  erf: unary('math.Erf'),
  floor: unary('numpy.Floor'),
  ceil: unary('numpy.Ceil'),
  sigmoid: unary('nn.Sigmoid'),
  relu: unary('nn.Relu'),
  relu6: unary('nn.Relu6'),
  softplus: unary('nn.Softplus'),
  softsign: unary('nn.Softsign'),
  silu: (x, { beta = 1 }) =>
    beta === 1
      ? op('nn.Silu', [x])
      : op('numpy.Multiply', [x, op('nn.Sigmoid', [op('numpy.Multiply', [x, beta])])]),
  selu: unary('nn.Selu'),
  elu: unary('nn.Elu', { alpha: 1 }),
  leaky_relu: (x, { alpha = 0.2 }) => op('nn.LeakyRelu', [x], { negative_slope: alpha }),
  gelu: (x, { approximate = false }) => op('nn.Gelu', [x], { approximate }),
  softmax: (x, { axis }) => op('nn.Softmax', [x], { axis: axis ?? -1 }),
  log_softmax: (x, { axis }) => op('nn.LogSoftmax', [x], { axis: axis ?? -1 }),
  bias_add: (x, { bias, data_format = 'NHWC' }) =>
    data_format === null || data_format === 'NHWC' ? op('numpy.Add', [x, constant(bias)]) : undefined,
  l2_normalize: l2Normalize,
  reduce_sum: reduction('numpy.Sum'),
  reduce_mean: reduction('numpy.Mean'),
  reduce_max: reduction('numpy.Max'),
  reduce_min: reduction('numpy.Min'),
  reduce_prod: reduction('numpy.Prod'),
  reduce_any: reduction('numpy.Any'),
  reduce_all: reduction('numpy.All'),
  reduce_variance: reduction('numpy.Var'),
  reduce_std: reduction('numpy.Std'),
  argmax: (x, { axis = 0 }) => op('numpy.Argmax', [x], { axis: axis ?? 0 }),
  argmin: (x, { axis = 0 }) => op('numpy.Argmin', [x], { axis: axis ?? 0 }),
  cumsum: (x, { axis = 0, exclusive = false, reverse = false }) =>
    exclusive || reverse ? undefined : op('numpy.Cumsum', [x], { axis }),
  norm: (x, { ord = 'euclidean', axis = null, keepdims }) =>
    (ord === 'euclidean' || ord === 2) && !(Array.isArray(axis) && axis.length > 1 && ord === 2)
      ? op('numpy.Sqrt', [op('numpy.Sum', [op('numpy.Square', [x])], { axis, keepdims: keepdims ?? false })])
      : undefined,
  concat: (x, { axis }) => op('numpy.Concatenate', [x], { axis }),
  stack: (x, { axis = 0 }) => op('numpy.Stack', [x], { axis }),
  add_n: (x) => {
    const [first, ...rest] = x as readonly unknown[]
    return rest.reduce<Expression>((sum, next) => op('numpy.Add', [sum, next]), op('numpy.Add', [first, 0]))
  },
  reshape: (x, { shape }) => op('numpy.Reshape', [x], { newshape: shape }),
  transpose: (x, { perm = null, conjugate = false }) =>
    conjugate ? undefined : op('numpy.Transpose', [x], { axes: perm }),
  expand_dims: (x, { axis }) => op('numpy.ExpandDims', [x], { axis }),
  squeeze: (x, { axis = null }) =>
    op('numpy.Squeeze', [x], { axis: Array.isArray(axis) && axis.length === 0 ? null : axis }),
  reverse: (x, { axis }) => op('numpy.Flip', [x], { axis }),
  matmul: (x, { b, transpose_a = false, transpose_b = false, adjoint_a = false, adjoint_b = false }) =>
    op('numpy.Matmul', [turned(x, transpose_a || adjoint_a), turned(constant(b), transpose_b || adjoint_b)]),
  tensordot: (x, { b, axes }) =>
    axes === 1 && matrixLike(b) ? op('numpy.Matmul', [x, constant(b)]) : undefined,
  cast: (x, { dtype }) => op('core.Cast', [x], { dtype }),
  where: (condition, { x, y }) =>
    x == null || y == null ? undefined : op('numpy.Where', [condition, constant(x), constant(y)]),
  clip_by_value: (x, { clip_value_min, clip_value_max }) =>
    op('numpy.Minimum', [op('numpy.Maximum', [x, constant(clip_value_min)]), constant(clip_value_max)]),
  gather: (x, { indices, axis, batch_dims = 0 }) =>
    batch_dims === 0 ? op('numpy.Take', [x, constant(indices)], { axis: axis ?? 0 }) : undefined,
  zeros_like: (x, { dtype = null }) => op('numpy.ZerosLike', [x], { dtype }),
  ones_like: (x, { dtype = null }) => op('numpy.OnesLike', [x], { dtype }),
  stop_gradient: unary('core.StopGradient'),
  getitem: (x, { slice_spec }) => op('numpy.GetItem', [x, [slice_spec].flat().map(indexOf)]),
  // A range over everything is the identity, for which there is no operation.
  identity: (x) => op('numpy.GetItem', [x, [{ class_name: '__ellipsis__', config: {} }]]),
  'image.flip_left_right': (x) => op('numpy.Flip', [x], { axis: -2 }),
  'image.flip_up_down': (x) => op('numpy.Flip', [x], { axis: -3 }),
}

const matrixLike = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((row) => Array.isArray(row) && !Array.isArray(row[0]))

/** Arguments that say nothing of what is computed. */
const SILENT: readonly string[] = ['name', 'validate_indices', 'output_type']

/**
 * The operations that a function of TensorFlow consists of.
 *
 * @throws KerasFileError for functions and arguments that are not known, naming the layer
 */
export function operationsOf(label: string, name: string, x: unknown, others: Config): Expression {
  const short = name.replace(/^(compat\.v1\.)?(math\.|linalg\.|nn\.|dtypes\.|__operators__\.)?/, '')
  const rule = Object.hasOwn(RULES, short) ? RULES[short] : undefined
  if (rule === undefined)
    throw new KerasFileError(
      `${label}: the function tf.${name} is not known. Make the model anew in Keras 3 with an operation or a layer in its place.`,
    )
  // An argument that the rule does not look at is not understood.
  const read = new Set<unknown>(SILENT)
  const watched = new Proxy(others, {
    get(target, key) {
      read.add(key)
      return Reflect.get(target, key)
    },
  })
  const result = rule(x, watched)
  const ignored = Object.keys(others).find((key) => !read.has(key) && others[key] !== null)
  if (result !== undefined && ignored === undefined) return result
  const said = JSON.stringify(ignored === undefined ? others : { [ignored]: others[ignored] })
  throw new KerasFileError(`${label}: the function tf.${name} is not known with the arguments ${said}.`)
}

// ---- TensorFlowOpLayer --------------------------------------------------------------------------------

/** The operators of TensorFlow's graphs as functions: their name, and what their inputs after the first are called. */
const OPERATORS: Readonly<Record<string, readonly [name: string, ...inputs: string[]]>> = {
  Add: ['add', 'y'],
  AddV2: ['add', 'y'],
  Sub: ['subtract', 'y'],
  Mul: ['multiply', 'y'],
  RealDiv: ['truediv', 'y'],
  Pow: ['pow', 'y'],
  Maximum: ['maximum', 'y'],
  Minimum: ['minimum', 'y'],
  SquaredDifference: ['squared_difference', 'y'],
  Equal: ['equal', 'y'],
  NotEqual: ['not_equal', 'y'],
  Less: ['less', 'y'],
  LessEqual: ['less_equal', 'y'],
  Greater: ['greater', 'y'],
  GreaterEqual: ['greater_equal', 'y'],
  Neg: ['negative'],
  Abs: ['abs'],
  Square: ['square'],
  Sign: ['sign'],
  Sqrt: ['sqrt'],
  Rsqrt: ['rsqrt'],
  Reciprocal: ['reciprocal'],
  Exp: ['exp'],
  Log: ['log'],
  Log1p: ['log1p'],
  Sin: ['sin'],
  Cos: ['cos'],
  Tanh: ['tanh'],
  Erf: ['erf'],
  Floor: ['floor'],
  Ceil: ['ceil'],
  Sigmoid: ['sigmoid'],
  Relu: ['relu'],
  Relu6: ['relu6'],
  Elu: ['elu'],
  Selu: ['selu'],
  Softplus: ['softplus'],
  Softmax: ['softmax'],
  Identity: ['identity'],
  StopGradient: ['stop_gradient'],
  BiasAdd: ['bias_add', 'bias'],
  Reshape: ['reshape', 'shape'],
  Transpose: ['transpose', 'perm'],
  ExpandDims: ['expand_dims', 'axis'],
  Mean: ['reduce_mean', 'axis'],
  Sum: ['reduce_sum', 'axis'],
  Max: ['reduce_max', 'axis'],
  Min: ['reduce_min', 'axis'],
  MatMul: ['matmul', 'b'],
  BatchMatMulV2: ['matmul', 'b'],
  SelectV2: ['where', 'x', 'y'],
}

interface Attribute {
  readonly b?: boolean
  readonly i?: string | number
  readonly type?: string
  readonly list?: { readonly i?: readonly (string | number)[] }
}

/**
 * The operations of a TensorFlowOpLayer, by the node of a graph that it holds.
 *
 * @throws KerasFileError for operators that are not known, naming the layer
 */
export function operatorOf(label: string, config: Config, tensors: readonly unknown[]): Expression {
  const definition: unknown =
    typeof config.node_def === 'string' && config.node_def.startsWith('{')
      ? JSON.parse(config.node_def)
      : config.node_def
  const { op: operator, attr = {} } = (definition ?? {}) as {
    op?: unknown
    attr?: Readonly<Record<string, Attribute>>
  }
  if (typeof operator !== 'string')
    throw new KerasFileError(`${label}: expected the node of a graph as node_def. Received something else.`)
  const constants = Object.entries((config.constants ?? {}) as Config)
  const inputs = [...tensors]
  for (const [position, value] of constants.sort(([a], [b]) => Number(a) - Number(b)))
    inputs.splice(Number(position), 0, constantOf(value))
  const flag = (name: string): boolean => attr[name]?.b === true
  if (operator === 'ConcatV2') return op('numpy.Concatenate', [inputs.slice(0, -1)], { axis: inputs.at(-1) })
  if (operator === 'Pack') return op('numpy.Stack', [inputs], { axis: Number(attr.axis?.i ?? 0) })
  if (operator === 'Squeeze') {
    const axis = (attr.squeeze_dims?.list?.i ?? []).map(Number)
    return operationsOf(label, 'squeeze', inputs[0], { axis })
  }
  if (operator === 'Cast') {
    const dtype = DTYPES[attr.DstT?.type ?? '']
    if (dtype !== undefined) return op('core.Cast', [inputs[0]], { dtype })
  }
  if (operator === 'StridedSlice') return op('numpy.GetItem', [inputs[0], keyOf(label, inputs, attr)])
  const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined
  if (known === undefined)
    throw new KerasFileError(
      `${label}: the operator ${operator} of TensorFlow is not known. Make the model anew in Keras 3 with an operation or a layer in its place.`,
    )
  const [name, ...names] = known
  const [x, ...rest] = inputs
  return operationsOf(label, name, x, {
    ...Object.fromEntries(names.map((key, i) => [key, rest[i]])),
    ...(flag('keep_dims') && { keepdims: true }),
    ...((flag('transpose_a') || flag('adj_x')) && { transpose_a: true }),
    ...((flag('transpose_b') || flag('adj_y')) && { transpose_b: true }),
  })
}

const DTYPES: Readonly<Record<string, string>> = { DT_FLOAT: 'float32', DT_INT32: 'int32', DT_BOOL: 'bool' }

/** Constants are plain numbers and lists, or arrays with their type. */
const constantOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'value' in value ? value.value : value

/** The index that begins, ends, strides and five masks of bits stand for. */
function keyOf(
  label: string,
  inputs: readonly unknown[],
  attr: Readonly<Record<string, Attribute>>,
): unknown {
  const [begin, end, strides] = inputs.slice(1) as readonly (readonly number[])[]
  if (![begin, end, strides].every(Array.isArray))
    throw new KerasFileError(`${label}: expected constants as begin, end and strides of a slice.`)
  const bit = (name: string, i: number): boolean => ((Number(attr[name]?.i ?? 0) >> i) & 1) === 1
  return begin!.map((start, i) => {
    if (bit('ellipsis_mask', i)) return { class_name: '__ellipsis__', config: {} }
    if (bit('new_axis_mask', i)) return null
    if (bit('shrink_axis_mask', i)) return start
    return indexOf({
      start: bit('begin_mask', i) ? null : start,
      stop: bit('end_mask', i) ? null : end![i],
      step: strides![i],
    })
  })
}
