import type { Builder } from '../program/builder.ts'
import { productOf } from '../program/dims.ts'
import type { Attributes, OpName } from '../program/ops/index.ts'
import type { Dim, Equation, Value } from '../program/types.ts'

/** What stands for a value of one step: all steps along a new first axis, or one value that serves for all. */
export interface Lane {
  readonly value: Value
  readonly stacked: boolean
}

/** An equation of one step, written for all steps at once. */
type Rule<Op extends OpName> = (
  b: Builder,
  lanes: readonly Lane[],
  attrs: Attributes[Op],
  equation: Equation,
  length: Dim,
) => Value

/**
 * Writes an equation of one step of a loop for all steps at once: its stacked operands have a first axis more, and so
 * has what it gives. At least one operand is stacked, and `isVectorizable` has agreed.
 */
export function vectorize(b: Builder, equation: Equation, lanes: readonly Lane[], length: Dim): Value {
  // That the rule and the attributes are of one op is what the union of equations can not say.
  const rule = rules[equation.op] as Rule<OpName>
  return rule(b, lanes, equation.attrs, equation, length)
}

/** Whether an equation has a form for all steps at once, with these operands stacked. */
export function isVectorizable(equation: Equation, stacked: readonly boolean[]): boolean {
  const { op } = equation
  if (op === 'call') return alongLast.has(equation.attrs.name)
  if (op === 'gather') return !stacked[0]
  if (overExamplesOps.has(op)) return !stacked[1]
  return Object.hasOwn(rules, op)
}

/** Ops with examples along their first axis, which steps may join; their second operand, if any, is for all. */
const overExamplesOps: ReadonlySet<OpName> = new Set([
  'conv',
  'convTranspose',
  'maxPool',
  'avgPool',
  'avgPoolGrad',
])

/** Composites that do the same whatever axes stand before the last one, or to every element. */
const alongLast: ReadonlySet<string> = new Set([
  'relu',
  'step',
  'softplus',
  'elu',
  'leakyRelu',
  'gelu',
  'softmax',
  'logSoftmax',
])

const up = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1)

/** A stacked operand with ones after its first axis, so that it broadcasts as one step of it would. */
function aligned(b: Builder, { value, stacked }: Lane, rank: number): Value {
  const own = value.shape.slice(1)
  if (!stacked || own.length === rank) return value
  return b.reshape(value, [value.shape[0]!, ...new Array<Dim>(rank - own.length).fill(1), ...own])
}

/** An operand with all steps written out. */
function repeated(b: Builder, { value, stacked }: Lane, length: Dim): Value {
  return stacked ? value : b.broadcast(b.reshape(value, [1, ...value.shape]), [length, ...value.shape])
}

const elementwise =
  (op: OpName): Rule<OpName> =>
  (b, lanes, attrs, { outputs: [y] }) =>
    b.emit(
      op,
      lanes.map((lane) => aligned(b, lane, y!.shape.length)),
      attrs,
    )[0]!

const reduction =
  (op: 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin'): Rule<typeof op> =>
  (b, [x], { axes, keepDims }) =>
    b[op](x!.value, up(axes), keepDims)

/** The axis of steps runs along if both operands have it; else it is one more free axis, and comes to the front. */
const dot: Rule<'dot'> = (b, [x, y], { contract, batch }) => {
  const [left, right] = [x!, y!].map(
    ({ stacked }) =>
      (axes: readonly number[]) =>
        stacked ? up(axes) : axes,
  )
  const contracted = [left!(contract[0]), right!(contract[1])] as const
  const along = [left!(batch[0]), right!(batch[1])] as const
  if (x!.stacked && y!.stacked) {
    return b.dot(x!.value, y!.value, {
      contract: contracted,
      batch: [
        [0, ...along[0]],
        [0, ...along[1]],
      ],
    })
  }
  const product = b.dot(x!.value, y!.value, { contract: contracted, batch: along })
  const free =
    batch[0].length + (x!.stacked ? 0 : x!.value.shape.length - contract[0].length - batch[0].length)
  const others = product.shape.map((_, axis) => axis).filter((axis) => axis !== free)
  return b.transpose(product, [free, ...others])
}

/** Steps and examples as one axis. */
const overExamples =
  (op: 'conv' | 'convTranspose' | 'maxPool' | 'avgPool' | 'avgPoolGrad'): Rule<typeof op> =>
  (b, [x, kernel], attrs, { outputs: [y] }, length) => {
    const [steps, examples, ...rest] = repeated(b, x!, length).shape
    const flat = b.reshape(repeated(b, x!, length), [productOf([steps!, examples!]), ...rest])
    const [made] = b.emit(op, kernel === undefined ? [flat] : [flat, kernel.value], attrs)
    return b.reshape(made!, [length, ...y!.shape])
  }

const rules: { readonly [Op in OpName]?: Rule<Op> } = {
  ...(Object.fromEntries(
    [
      ...[
        'neg',
        'abs',
        'sign',
        'floor',
        'ceil',
        'round',
        'exp',
        'expm1',
        'log',
        'log1p',
        'sqrt',
        'sin',
        'cos',
      ],
      ...['tanh', 'sigmoid', 'erf', 'not', 'add', 'sub', 'mul', 'div', 'pow', 'max', 'min', 'equal', 'less'],
      ...['lessEqual', 'and', 'or', 'select', 'cast', 'stopGradient'],
    ].map((op) => [op, elementwise(op as OpName)]),
  ) as { readonly [Op in OpName]?: Rule<Op> }),
  call: (b, [x], { name, options }) => b.call(name, [x!.value], options),
  reduceSum: reduction('reduceSum'),
  reduceProd: reduction('reduceProd'),
  reduceMax: reduction('reduceMax'),
  reduceMin: reduction('reduceMin'),
  argMax: (b, [x], { axis }) => b.argMax(x!.value, axis + 1),
  cumSum: (b, [x], { axis, ...attrs }) => b.cumSum(x!.value, axis + 1, attrs),
  dot,
  conv: overExamples('conv'),
  convTranspose: overExamples('convTranspose'),
  maxPool: overExamples('maxPool'),
  avgPool: overExamples('avgPool'),
  avgPoolGrad: overExamples('avgPoolGrad'),
  reshape: (b, [x], { shape }, _equation, length) => b.reshape(x!.value, [length, ...shape]),
  transpose: (b, [x], { permutation }) => b.transpose(x!.value, [0, ...up(permutation)]),
  broadcast: (b, [x], { shape }, _equation, length) =>
    b.broadcast(aligned(b, x!, shape.length), [length, ...shape]),
  slice: (b, [x], { starts, ends, strides }) =>
    b.slice(x!.value, [0, ...starts], [null, ...ends], [1, ...strides]),
  pad: (b, [x], { low, high, value }) => b.pad(x!.value, [0, ...low], [0, ...high], value),
  concat: (b, lanes, { axis }, _equation, length) =>
    b.concat(
      lanes.map((lane) => repeated(b, lane, length)),
      axis + 1,
    ),
  reverse: (b, [x], { axes }) => b.reverse(x!.value, up(axes)),
  gather: (b, [x, indices]) => b.gather(x!.value, indices!.value),
}
