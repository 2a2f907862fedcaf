import { activations } from '../activations/activation.ts'
import { ShapeError } from '../errors.ts'
import type { Scope } from '../functional/scope.ts'
import type { SymbolicTensor } from '../functional/symbolic-tensor.ts'
import type { DType, Value } from '../program/types.ts'
import { define, type Op, type TensorLike } from './define.ts'
import { known, operand, operands, tensor } from './operands.ts'

/** y = f(x; settings) */
const unary = <Settings extends object>(
  kind: string,
  least: DType,
  defaults: Settings,
  write: (b: Scope, x: Value, settings: Settings) => Value,
): Op<(x: SymbolicTensor, settings?: Partial<Settings>) => SymbolicTensor> =>
  define(
    { kind, defaults, write: (b, [x], settings) => write(b, operand(b, x, least), settings) },
    (x: SymbolicTensor, settings: Partial<Settings> = {}) => [[x], settings],
  )

type Unary = Op<(x: SymbolicTensor) => SymbolicTensor>

/** y = f(x) in float32. */
const real = (kind: string, write: (b: Scope, x: Value) => Value): Unary => unary(kind, 'float32', {}, write)

/** y = f(x), in whole numbers where x is of them. */
const whole = (kind: string, write: (b: Scope, x: Value) => Value): Unary => unary(kind, 'int32', {}, write)

type Binary = Op<(x: TensorLike, y: TensorLike) => SymbolicTensor>

/**
 * z = f(x, y) with broadcasting, in the least dtype that holds both, and `least`. Of two booleans z is what `ofBooleans`
 * says, as in NumPy.
 */
const binary = (
  kind: string,
  least: DType,
  write: (b: Scope, x: Value, y: Value) => Value,
  ofBooleans?: (b: Scope, x: Value, y: Value) => Value,
): Binary =>
  define(
    {
      kind,
      defaults: {},
      write(b, [left, right]) {
        if (least === 'int32') {
          const [p, q] = operands(b, [left, right], 'bool')
          if (p!.dtype === 'bool') {
            if (ofBooleans !== undefined) return ofBooleans(b, p!, q!)
            throw new ShapeError('expected numbers. Received: two tensors of bool. Cast one, with ops.cast.')
          }
        }
        const [x, y] = operands(b, [left, right], least)
        return write(b, x!, y!)
      },
    },
    (x: TensorLike, y: TensorLike) => [[x, y]],
  )

const bool = (b: Scope, x: Value): Value => b.cast(x, 'bool')

/** One number in the shape of x, in its dtype if nothing is said. */
const filled = (kind: string, value: number) =>
  unary(kind, 'bool', { dtype: null as DType | null }, (b, x, { dtype }) =>
    b.constant([value], x.shape, known(dtype ?? x.dtype)),
  )

/** A value for each element. */
export const elementwise = {
  /** x + y */
  add: binary(
    'numpy.Add',
    'int32',
    (b, x, y) => b.add(x, y),
    (b, x, y) => b.or(x, y),
  ),
  /** x − y */
  subtract: binary('numpy.Subtract', 'int32', (b, x, y) => b.sub(x, y)),
  /** x · y */
  multiply: binary(
    'numpy.Multiply',
    'int32',
    (b, x, y) => b.mul(x, y),
    (b, x, y) => b.and(x, y),
  ),
  /** x / y, in float32 */
  divide: binary('numpy.Divide', 'float32', (b, x, y) => b.div(x, y)),
  /** x / y, in float32; what Keras writes for the operator */
  trueDivide: binary('numpy.TrueDivide', 'float32', (b, x, y) => b.div(x, y)),
  /** xʸ */
  power: binary('numpy.Power', 'int32', (b, x, y) => b.pow(x, y)),
  maximum: binary(
    'numpy.Maximum',
    'int32',
    (b, x, y) => b.max(x, y),
    (b, x, y) => b.or(x, y),
  ),
  minimum: binary(
    'numpy.Minimum',
    'int32',
    (b, x, y) => b.min(x, y),
    (b, x, y) => b.and(x, y),
  ),

  /** −x */
  negative: whole('numpy.Negative', (b, x) => b.neg(x)),
  /** |x| */
  abs: whole('numpy.Absolute', (b, x) => b.abs(x)),
  /** x² */
  square: whole('numpy.Square', (b, x) => b.square(x)),
  /** −1, 0 or 1 */
  sign: whole('numpy.Sign', (b, x) => b.sign(x)),
  sqrt: real('numpy.Sqrt', (b, x) => b.sqrt(x)),
  /** 1 / √x */
  rsqrt: real('math.Rsqrt', (b, x) => b.div(1, b.sqrt(x))),
  /** 1 / x */
  reciprocal: real('numpy.Reciprocal', (b, x) => b.div(1, x)),
  exp: real('numpy.Exp', (b, x) => b.exp(x)),
  /** eˣ − 1 */
  expm1: real('numpy.Expm1', (b, x) => b.expm1(x)),
  /** ln x */
  log: real('numpy.Log', (b, x) => b.log(x)),
  /** ln(1 + x) */
  log1p: real('numpy.Log1p', (b, x) => b.log1p(x)),
  sin: real('numpy.Sin', (b, x) => b.sin(x)),
  cos: real('numpy.Cos', (b, x) => b.cos(x)),
  tanh: real('numpy.Tanh', (b, x) => b.tanh(x)),
  erf: real('math.Erf', (b, x) => b.erf(x)),
  floor: real('numpy.Floor', (b, x) => b.floor(x)),
  ceil: real('numpy.Ceil', (b, x) => b.ceil(x)),

  sigmoid: real('nn.Sigmoid', activations.sigmoid),
  relu: real('nn.Relu', activations.relu),
  relu6: real('nn.Relu6', activations.relu6),
  softplus: real('nn.Softplus', activations.softplus),
  softsign: real('nn.Softsign', activations.softsign),
  silu: real('nn.Silu', activations.silu),
  selu: real('nn.Selu', activations.selu),
  hardSigmoid: real('nn.HardSigmoid', activations.hardSigmoid),
  hardSilu: real('nn.HardSilu', activations.hardSilu),
  /** x where x > 0, else α(eˣ − 1) */
  elu: unary('nn.Elu', 'float32', { alpha: 1 }, (b, x, { alpha }) => b.call('elu', [x], { alpha })),
  /** x where x > 0, else negativeSlope · x */
  leakyRelu: unary('nn.LeakyRelu', 'float32', { negativeSlope: 0.2 }, (b, x, { negativeSlope }) =>
    b.call('leakyRelu', [x], { alpha: negativeSlope }),
  ),
  /** x · Φ(x), or its tanh approximation, which Keras takes here if nothing is said. */
  gelu: unary('nn.Gelu', 'float32', { approximate: true }, (b, x, { approximate }) =>
    b.call('gelu', [x], { approximate }),
  ),

  equal: binary('numpy.Equal', 'bool', (b, x, y) => b.equal(x, y)),
  notEqual: binary('numpy.NotEqual', 'bool', (b, x, y) => b.not(b.equal(x, y))),
  /** x < y */
  less: binary('numpy.Less', 'int32', (b, x, y) => b.less(x, y)),
  /** x ≤ y */
  lessEqual: binary('numpy.LessEqual', 'int32', (b, x, y) => b.lessEqual(x, y)),
  /** x > y */
  greater: binary('numpy.Greater', 'int32', (b, x, y) => b.less(y, x)),
  /** x ≥ y */
  greaterEqual: binary('numpy.GreaterEqual', 'int32', (b, x, y) => b.lessEqual(y, x)),
  logicalAnd: binary('numpy.LogicalAnd', 'bool', (b, x, y) => b.and(bool(b, x), bool(b, y))),
  logicalOr: binary('numpy.LogicalOr', 'bool', (b, x, y) => b.or(bool(b, x), bool(b, y))),
  logicalNot: unary('numpy.LogicalNot', 'bool', {}, (b, x) => b.not(bool(b, x))),

  /** x where the condition holds, else y; all three broadcast. */
  where: define(
    {
      kind: 'numpy.Where',
      defaults: {},
      write(b, [condition, left, right]) {
        const [x, y] = operands(b, [left, right], 'bool')
        return b.select(bool(b, operands(b, [condition], 'bool')[0]!), x!, y!)
      },
    },
    (condition: TensorLike, x: TensorLike, y: TensorLike) => [[condition, x, y]],
  ),

  /** min(max(x, xMin), xMax) */
  clip: define(
    {
      kind: 'numpy.Clip',
      defaults: { xMin: 0, xMax: 0 },
      write(b, [given], { xMin, xMax }) {
        const [x, low, high] = operands(b, [given, xMin, xMax], 'int32')
        return b.min(b.max(x!, low!), high!)
      },
    },
    (x: SymbolicTensor, xMin: number, xMax: number) => [[x], { xMin, xMax }],
  ),

  /** x as another dtype: float32 → int32 cuts off, anything → bool is x ≠ 0. */
  cast: define(
    {
      kind: 'core.Cast',
      defaults: { dtype: 'float32' as DType },
      write: (b, [x], { dtype }) => b.cast(tensor(x), known(dtype)),
    },
    (x: SymbolicTensor, dtype: DType) => [[x], { dtype }],
  ),

  /** y = x, through which no slope flows back. */
  stopGradient: unary('core.StopGradient', 'bool', {}, (b, x) => b.stopGradient(x)),
  /** Zeros in the shape of x. */
  zerosLike: filled('numpy.ZerosLike', 0),
  /** Ones in the shape of x. */
  onesLike: filled('numpy.OnesLike', 1),
}
