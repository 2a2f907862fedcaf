import { Builder } from '../program/builder.ts'
import { broadcastShapes, isConcrete, sameShape, sizeOf } from '../program/dims.ts'
import type { ScanAttributes } from '../program/ops/control.ts'
import type { Attributes, OpName } from '../program/ops/index.ts'
import type { NoAttributes } from '../program/ops/op.ts'
import { reducedShape } from '../program/ops/reduce.ts'
import type { Equation, Program, Shape, Value } from '../program/types.ts'
import { fission } from './fission.ts'
import { fromNothing } from './nothing.ts'
import { prune } from './prune.ts'

/**
 * The same program with less in it: common subexpressions once, neutral operands and double moves gone,
 * arithmetic on constants done, nothing that no output needs, nothing in a loop that can be done without it, nothing that
 * works on no elements.
 */
export function simplify(program: Program): Program {
  return simplifyBody(program, 0)
}

/** The same for the body of a loop, whose first inputs are the carries. */
function simplifyBody(program: Program, carries: number): Program {
  const source = prune(program)
  const b = new Simplifier()
  const inputs = source.inputs.map((input) => b.input(input, input.name!))
  b.carry(inputs.slice(0, carries))
  const here = b.inline(source, inputs)
  return prune(b.build(source.outputNames.map((name, at) => [name, here(source.outputs[at]!)] as const)))
}

/** A builder that looks for something simpler before it writes an equation. */
class Simplifier extends Builder {
  readonly #known = new Map<string, readonly Value[]>()
  readonly #origins = new Map<number, Equation>()
  /** The values that wait for the step before. */
  readonly #carried = new Set<number>()

  carry(values: readonly Value[]): void {
    for (const { id } of values) this.#carried.add(id)
  }

  override emit<Op extends OpName>(
    op: Op,
    inputs: readonly Value[],
    attrs: Attributes[Op],
    path = this.path,
  ): readonly Value[] {
    const trivial = this.under(path, () => fromNothing(this, op, inputs, attrs))
    if (trivial !== undefined) return trivial
    if (op === 'scan') return this.#scan(inputs, attrs as ScanAttributes, path)
    const origin: Origin = (value) => this.#origins.get(value.id)
    const simpler = this.under(
      path,
      () =>
        rules[op]?.(this, inputs, attrs, origin) ??
        (op === 'mul' ? this.#mulApart(inputs, origin) : undefined),
    )
    if (simpler !== undefined) return [simpler]
    const key = keyOf(op, inputs, attrs)
    const known = key === undefined ? undefined : this.#known.get(key)
    if (known !== undefined) return known
    const outputs = super.emit(op, inputs, attrs, path)
    if (key !== undefined) this.#known.set(key, outputs)
    const equation = this.lastEquation
    for (const { id } of outputs) this.#origins.set(id, equation)
    if (inputs.some(({ id }) => this.#carried.has(id))) this.carry(outputs)
    return outputs
  }

  /** (c · x) · y = c · (x · y): what does not wait for the carry c is multiplied before the loop. */
  #mulApart([left, right]: readonly Value[], origin: Origin): Value | undefined {
    const waits = ({ id }: Value): boolean => this.#carried.has(id)
    const [product, y] = waits(left!) ? [left!, right!] : [right!, left!]
    const before = origin(product)
    if (!waits(product) || waits(y) || before?.op !== 'mul') return undefined
    const [first, second] = before.inputs as [Value, Value]
    const [c, x] = waits(first) ? [first, second] : [second, first]
    const alike = [x, y, product].every(({ shape }) => sameShape(shape, c.shape))
    return waits(x) || !alike ? undefined : this.mul(c, this.mul(x, y))
  }

  #scan(inputs: readonly Value[], { body, ...rest }: ScanAttributes, path: string): readonly Value[] {
    const attrs = { ...rest, body: simplifyBody(body, rest.carries) }
    const outputs = fission(this, inputs, attrs, path) ?? super.emit('scan', inputs, attrs, path)
    if (inputs.some(({ id }) => this.#carried.has(id))) this.carry(outputs)
    return outputs
  }
}

/** What two equations share if they compute the same; undefined for what is never the same. */
function keyOf(op: OpName, inputs: readonly Value[], attrs: Attributes[OpName]): string | undefined {
  if (op === 'random') return undefined
  const operands = inputs.map(({ id }) => id).join()
  if ('data' in attrs) {
    if (attrs.data.length > 1) return undefined
    // JSON has no NaN and no infinity, and −0 would become 0.
    const only = attrs.data[0]!
    return `${op} ${attrs.dtype} ${attrs.shape} ${Object.is(only, -0) ? '-0' : only}`
  }
  // The body of a call follows from its name, its options and its inputs.
  const what = 'body' in attrs && 'options' in attrs ? { name: attrs.name, options: attrs.options } : attrs
  return `${op} ${operands} ${JSON.stringify(what)}${'value' in attrs ? attrs.value : ''}`
}

type Origin = (value: Value) => Equation | undefined
type Rule<Attrs> = (b: Builder, inputs: readonly Value[], attrs: Attrs, origin: Origin) => Value | undefined

/** The number that fills a constant, if there is just one. */
function splat(value: Value, origin: Origin): number | undefined {
  const equation = origin(value)
  return equation?.op === 'constant' && equation.attrs.data.length === 1 ? equation.attrs.data[0] : undefined
}

/** x for op(x) where `value` is op(x). */
function operandOf(op: OpName, value: Value, origin: Origin): Value | undefined {
  const equation = origin(value)
  return equation?.op === op ? equation.inputs[0] : undefined
}

const unaryFold =
  (fold: (x: number) => number, inverse?: OpName): Rule<NoAttributes> =>
  (b, [x], _attrs, origin) => {
    const only = splat(x!, origin)
    if (only !== undefined) return b.constant([fold(only)], x!.shape, x!.dtype)
    return inverse && operandOf(inverse, x!, origin)
  }

interface Arithmetic {
  fold(x: number, y: number): number
  /** The operand that changes nothing, on the left or on the right. */
  neutral: readonly [number | undefined, number | undefined]
}

/** Broadcasting is what a binary op does by itself: a smaller operand serves as well. */
function smaller(b: Builder, value: Value, shape: Shape, other: Shape, origin: Origin): Value {
  const only = splat(value, origin)
  if (only !== undefined && value.shape.length > 0 && sameShape(other, shape))
    return b.scalar(only, value.dtype)
  const source = operandOf('broadcast', value, origin)
  return source !== undefined && sameShape(broadcastShapes(source.shape, other), shape) ? source : value
}

const binary =
  (op: 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min', arithmetic?: Arithmetic): Rule<NoAttributes> =>
  (b, [x, y], _attrs, origin) => {
    const shape = broadcastShapes(x!.shape, y!.shape)
    const [left, right] = [splat(x!, origin), splat(y!, origin)]
    if (arithmetic !== undefined && x!.dtype === 'float32') {
      if (left !== undefined && right !== undefined)
        return b.constant([arithmetic.fold(left, right)], shape, x!.dtype)
      const [neutralLeft, neutralRight] = arithmetic.neutral
      if (left !== undefined && left === neutralLeft && sameShape(y!.shape, shape)) return y
      if (right !== undefined && right === neutralRight && sameShape(x!.shape, shape)) return x
    }
    // x + (−y) = x − y
    const negated = op === 'add' ? operandOf('neg', y!, origin) : undefined
    if (negated !== undefined) return b.sub(x!, negated)
    const slimX = smaller(b, x!, shape, y!.shape, origin)
    const slimY = smaller(b, y!, shape, slimX.shape, origin)
    if (slimX !== x || slimY !== y) return b[op](slimX, slimY)
    // Of what is spread out over more elements each is computed once.
    const [wideX, wideY] = [x!, y!].map((value) => operandOf('broadcast', value, origin))
    const covers = (source: Value | undefined, other: Value): source is Value =>
      source !== undefined && sameShape(broadcastShapes(source.shape, other.shape), source.shape)
    if (covers(wideX, y!)) return b.broadcast(b[op](wideX, y!), shape)
    if (covers(wideY, x!)) return b.broadcast(b[op](x!, wideY), shape)
    return undefined
  }

const plus = binary('add', { fold: (x, y) => x + y, neutral: [0, 0] })

/** Where a value stands along an axis with zeros around it. */
interface Piece {
  readonly value: Value
  readonly axis: number
  readonly start: number
}

/** The padded values whose sum a value is; undefined where it is no such sum. */
function piecesOf(value: Value, origin: Origin): readonly Piece[] | undefined {
  const equation = origin(value)
  if (equation?.op === 'add') {
    const right = piecesOf(equation.inputs[1]!, origin)
    const left = right && piecesOf(equation.inputs[0]!, origin)
    return left && [...left, ...right]
  }
  if (equation?.op !== 'pad' || equation.attrs.value !== 0) return undefined
  const { low, high } = equation.attrs
  if (!isConcrete(low) || !isConcrete(high)) return undefined
  const axes = low.flatMap((before, axis) => (before + high[axis]! > 0 ? [axis] : []))
  return axes.length === 1
    ? [{ value: equation.inputs[0]!, axis: axes[0]!, start: low[axes[0]!]! }]
    : undefined
}

/** The sum of values that are padded to stand side by side is their concatenation: the slope of what was cut apart. */
const sideBySide: Rule<NoAttributes> = (b, [x, y], _attrs, origin) => {
  const right = piecesOf(y!, origin)
  const left = right && piecesOf(x!, origin)
  if (left === undefined || !sameShape(x!.shape, y!.shape)) return undefined
  const pieces = [...left, ...right!].sort((a, b) => a.start - b.start)
  const { axis } = pieces[0]!
  let end = 0
  for (const piece of pieces) {
    if (piece.axis !== axis || piece.start !== end) return undefined
    end += piece.value.shape[axis] as number
  }
  return end === x!.shape[axis]
    ? b.concat(
        pieces.map(({ value }) => value),
        axis,
      )
    : undefined
}

const times = binary('mul', { fold: (x, y) => x * y, neutral: [1, 1] })

/**
 * What comes back through a relu from a pooling: at the element that was the greatest of its window, x is y. The slope of
 * the relu is asked there, of the fewer y.
 */
const stepOfPooled: Rule<NoAttributes> = (b, [left, right], _attrs, origin) => {
  for (const [spread, slope] of [
    [left!, right!],
    [right!, left!],
  ] as const) {
    const pooling = origin(spread)
    const step = origin(slope)
    if (pooling?.op !== 'maxPoolGrad' || step?.op !== 'call' || step.attrs.name !== 'step') continue
    const [x, y, g] = pooling.inputs as [Value, Value, Value]
    if (step.inputs[0]!.id === x.id) return b.maxPoolGrad(x, y, b.mul(g, b.call('step', [y])), pooling.attrs)
  }
  return undefined
}

const rules: { readonly [Op in OpName]?: Rule<Attributes[Op]> } = {
  neg: unaryFold((x) => -x, 'neg'),
  sqrt: unaryFold(Math.sqrt),
  exp: unaryFold(Math.exp),
  log: unaryFold(Math.log),
  add: (b, inputs, attrs, origin) => plus(b, inputs, attrs, origin) ?? sideBySide(b, inputs, attrs, origin),
  sub: binary('sub', { fold: (x, y) => x - y, neutral: [undefined, 0] }),
  mul: (b, inputs, attrs, origin) =>
    times(b, inputs, attrs, origin) ?? stepOfPooled(b, inputs, attrs, origin),
  div: binary('div', { fold: (x, y) => x / y, neutral: [undefined, 1] }),
  pow: binary('pow', { fold: (x, y) => x ** y, neutral: [undefined, 1] }),
  max: binary('max', { fold: Math.max, neutral: [undefined, undefined] }),
  min: binary('min', { fold: Math.min, neutral: [undefined, undefined] }),
  cast: (b, [x], { dtype }, origin) => {
    const only = splat(x!, origin)
    if (x!.dtype === dtype) return x
    if (only === undefined) return undefined
    return b.constant(
      [dtype === 'bool' ? Number(only !== 0) : dtype === 'int32' ? Math.trunc(only) : only],
      x!.shape,
      dtype,
    )
  },
  reduceSum: (b, [x], attrs, origin) => {
    const { axes } = attrs
    const reduced = reducedShape(x!.shape, attrs)
    if (axes.every((axis) => x!.shape[axis] === 1)) return b.reshape(x!, reduced)
    const source = origin(x!)
    // Σᵢ Σⱼ x = Σᵢⱼ x
    if (source?.op === 'reduceSum' && !source.attrs.keepDims) {
      const [whole] = source.inputs
      const left = whole!.shape.map((_, axis) => axis).filter((axis) => !source.attrs.axes.includes(axis))
      return b.reshape(
        b.reduceSum(whole!, [...source.attrs.axes, ...axes.map((axis) => left[axis]!)]),
        reduced,
      )
    }
    // Σᵢ Σₖ aᵢₖ bᵢₖ = Σᵢₖ aᵢₖ bᵢₖ: a product along an axis that is summed over contracts it.
    if (source?.op === 'dot' && axes.every((axis) => axis < source.attrs.batch[0].length)) {
      const { contract, batch } = source.attrs
      const sides = [0, 1] as const
      const [summed, along] = [true, false].map((within) =>
        sides.map((side) => batch[side].filter((_, axis) => axes.includes(axis) === within)),
      )
      const product = b.dot(source.inputs[0]!, source.inputs[1]!, {
        contract: [
          [...summed![0]!, ...contract[0]],
          [...summed![1]!, ...contract[1]],
        ],
        batch: [along![0]!, along![1]!],
      })
      return b.reshape(product, reduced)
    }
    return undefined
  },
  reverse: (_b, [x], { axes }, origin) => {
    const before = origin(x!)
    return before?.op === 'reverse' && before.attrs.axes.join() === axes.join() ? before.inputs[0] : undefined
  },
  reshape: (b, [x], { shape }, origin) => {
    if (sameShape(x!.shape, shape)) return x
    const only = splat(x!, origin)
    if (only !== undefined) return b.constant([only], shape, x!.dtype)
    const source = operandOf('reshape', x!, origin)
    return source && b.reshape(source, shape)
  },
  broadcast: (b, [x], { shape }, origin) => {
    if (sameShape(x!.shape, shape)) return x
    const only = splat(x!, origin)
    return only === undefined ? undefined : b.constant([only], shape, x!.dtype)
  },
  transpose: (b, [x], { permutation }, origin) => {
    if (permutation.every((axis, at) => axis === at)) return x
    const only = splat(x!, origin)
    if (only !== undefined)
      return b.constant(
        [only],
        permutation.map((axis) => x!.shape[axis]!),
        x!.dtype,
      )
    const before = origin(x!)
    if (before?.op === 'transpose') {
      return b.transpose(
        before.inputs[0]!,
        permutation.map((axis) => before.attrs.permutation[axis]!),
      )
    }
    // Axes of size 1 may move at no cost: if the others keep their order, it is a reshape.
    if (!isConcrete(x!.shape) || sizeOf(x!.shape) === 0) return undefined
    const moved = permutation.filter((axis) => x!.shape[axis] !== 1)
    return moved.every((axis, at) => at === 0 || axis > moved[at - 1]!)
      ? b.reshape(
          x!,
          permutation.map((axis) => x!.shape[axis]!),
        )
      : undefined
  },
}
