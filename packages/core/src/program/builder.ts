import { FnError, ShapeError } from '../errors.ts'
import { composites } from './composites.ts'
import {
  addDims,
  broadcastShapes,
  exactQuotient,
  floorDiv,
  formatShape,
  productOf,
  sameShape,
} from './dims.ts'
import type {
  ConvAttributes,
  ConvFilterGradAttributes,
  ConvTransposeAttributes,
  DotAttributes,
} from './ops/contract.ts'
import type { CallAttributes } from './ops/control.ts'
import { type Attributes, type OpName, opDefinition } from './ops/index.ts'
import type { CumSumAttributes } from './ops/reduce.ts'
import type { RandomAttributes } from './ops/source.ts'
import type { AvgPoolGradAttributes, PoolAttributes } from './ops/window.ts'
import type { Dim, DType, Equation, Program, Shape, TensorType, Value } from './types.ts'

/** A value, or a number that takes the dtype of its partner. */
export type Operand = Value | number

/** What a loop carries from step to step, and what it gives at each. */
export interface Steps {
  readonly carries: readonly Value[]
  readonly outputs: readonly Value[]
}

const isScalarNumber = (operand: Operand): operand is number => typeof operand === 'number'

/** A negative axis counts from the end. */
export function normalizeAxis(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || at < 0 || at >= rank) {
    throw new ShapeError(`Axis ${axis} is outside of a tensor of rank ${rank}.`)
  }
  return at
}

/**
 * Writes a program, one equation a call. A method an op; what is more than an op is built from them below.
 *
 * @example
 * const b = new Builder()
 * const x = b.input({ shape: ['batch', 3], dtype: 'float32' }, 'x')
 * const program = b.build({ y: b.mul(b.exp(x), 2) })
 */
export class Builder {
  /** The builder inside of whose loop or composite this one writes. */
  #around?: this
  /** The inputs that stand for values of that builder, by the ids of these. */
  readonly #outside = new Map<number, Value>()
  /** Values of that builder that became inputs because they were read. */
  readonly #captured: Value[] = []
  readonly #inputs: Value[] = []
  readonly #equations: Equation[] = []
  #path: string[] = []
  #nextId = 0
  #nextStream = 0

  // ---- Writing ---------------------------------------------------------------------------------

  /** Declares an input of the program. */
  input({ shape, dtype }: TensorType, name: string): Value {
    const value: Value = Object.freeze({ id: this.#nextId++, shape, dtype, name })
    this.#inputs.push(value)
    return value
  }

  /** Everything that `write` emits is labelled with `name`, under the labels already there. */
  at<T>(name: string, write: () => T): T {
    this.#path.push(name)
    try {
      return write()
    } finally {
      this.#path.pop()
    }
  }

  /** Everything that `write` emits is labelled with `path`, whatever labels are there. */
  under<T>(path: string, write: () => T): T {
    const before = this.#path
    this.#path = path === '' ? [] : [path]
    try {
      return write()
    } finally {
      this.#path = before
    }
  }

  /** The label that an equation emitted now would get. */
  get path(): string {
    return this.#path.join('/')
  }

  /** The equation written last. */
  protected get lastEquation(): Equation {
    return this.#equations.at(-1)!
  }

  /** Writes one equation, after its type rule has accepted it. */
  emit<Op extends OpName>(
    op: Op,
    inputs: readonly Value[],
    attrs: Attributes[Op],
    path = this.path,
  ): readonly Value[] {
    const { arity, infer } = opDefinition(op)
    if (arity !== undefined && inputs.length !== arity) {
      throw new FnError(`${op}: expected ${arity} inputs. Received: ${inputs.length}.`)
    }
    const outputs = infer(inputs, attrs).map(
      ({ shape, dtype }): Value => Object.freeze({ id: this.#nextId++, shape, dtype }),
    )
    // The union of equations can not be told from an op that is still a type variable.
    this.#equations.push(Object.freeze({ op, inputs, attrs, outputs, path }) as unknown as Equation)
    return outputs
  }

  /** The program that computes the named outputs from the inputs declared so far. */
  build(
    outputs: Readonly<Record<string, Value>> | readonly (readonly [name: string, value: Value])[],
  ): Program {
    const named = Array.isArray(outputs) ? outputs : Object.entries(outputs)
    return Object.freeze({
      inputs: [...this.#inputs],
      equations: [...this.#equations],
      outputs: named.map(([, value]) => value),
      outputNames: named.map(([name]) => name),
    })
  }

  /**
   * Writes the equations of a program here, with `inputs` for its inputs.
   * Answers what stands here for each of its values.
   */
  inline(program: Program, inputs: readonly Value[]): (value: Value) => Value {
    const here = new Map<number, Value>()
    program.inputs.forEach((value, at) => {
      here.set(value.id, inputs[at]!)
    })
    const find = (value: Value): Value => here.get(value.id)!
    for (const { op, inputs: from, attrs, outputs, path } of program.equations) {
      const label = [this.path, path].filter(Boolean).join('/')
      const written = this.emit(op, from.map(find), attrs, label)
      outputs.forEach((value, at) => {
        here.set(value.id, written[at]!)
      })
    }
    return find
  }

  // ---- Bodies ----------------------------------------------------------------------------------

  /** A builder for a body inside of this program. */
  protected inner(): this {
    return new Builder() as this
  }

  #body(): this {
    const inner = this.inner()
    inner.#around = this
    return inner
  }

  /** In the body of a loop or of a composite: a value of the program around it. */
  outside(value: Value): Value {
    const known = this.#outside.get(value.id)
    if (known !== undefined) return known
    this.#captured.push(value)
    return this.#bind(value, `outside:${this.#captured.length - 1}`)
  }

  /** Declares an input that stands for a value of the program around this one. */
  #bind(outer: Value, name: string): Value {
    const here = this.input(outer, name)
    this.#outside.set(outer.id, here)
    return here
  }

  /**
   * A loop over the first axis of the sequences, at least one. `write` writes one step: it gets the carries and one
   * element of each sequence, and gives the next carries and one element of each output. In it `outside` reads a value
   * of this program.
   *
   * @returns the last carries, and the outputs stacked along a new first axis
   * @throws ShapeError where sequences differ in length, or a carry changes its type
   * @example
   * // running sums of x [time, n]
   * const { outputs } = b.scan([b.zerosLike({ shape: [n], dtype: 'float32' })], [x], (step, [sum], [xt]) => {
   *   const next = step.add(sum!, xt!)
   *   return { carries: [next], outputs: [next] }
   * })
   */
  scan(
    carries: readonly Value[],
    sequences: readonly Value[],
    write: (b: this, carries: readonly Value[], elements: readonly Value[]) => Steps,
    { reverse = false }: { readonly reverse?: boolean } = {},
  ): Steps {
    const inner = this.#body()
    const before = carries.map((type, at) => inner.input(type, `carry:${at}`))
    const elements = sequences.map(({ shape, dtype }, at) =>
      inner.input({ shape: shape.slice(1), dtype }, `element:${at}`),
    )
    const { carries: after, outputs } = write(inner, before, elements)
    const body = inner.build([
      ...after.map((value, at) => [`carry:${at}`, value] as const),
      ...outputs.map((value, at) => [`output:${at}`, value] as const),
    ])
    const attrs = { body, carries: carries.length, sequences: sequences.length, reverse }
    const made = this.emit('scan', [...carries, ...sequences, ...inner.#captured], attrs)
    return { carries: made.slice(0, carries.length), outputs: made.slice(carries.length) }
  }

  /**
   * A composite whose meaning is written here. `write` reads the inputs, and whatever else, by `outside`; what else it
   * reads becomes further inputs. The name and the options must say all that a native kernel has to know.
   */
  composite(
    name: string,
    inputs: readonly Value[],
    options: CallAttributes['options'],
    write: (b: this) => readonly Value[],
  ): readonly Value[] {
    const inner = this.#body()
    inputs.forEach((input, at) => {
      inner.#bind(input, `x${at}`)
    })
    const body = inner.build(write(inner).map((value, at) => [`y${at}`, value] as const))
    return this.emit('call', [...inputs, ...inner.#captured], { name, options, body })
  }

  #one<Op extends OpName>(op: Op, inputs: readonly Value[], attrs: Attributes[Op]): Value {
    return this.emit(op, inputs, attrs)[0]!
  }

  #pair(
    op: 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'max' | 'min' | 'equal' | 'less' | 'lessEqual',
    x: Operand,
    y: Operand,
  ) {
    if (isScalarNumber(x)) {
      if (isScalarNumber(y)) throw new FnError(`${op}: expected at least one tensor.`)
      return this.#one(op, [this.scalar(x, y.dtype), y], {})
    }
    return this.#one(op, [x, isScalarNumber(y) ? this.scalar(y, x.dtype) : y], {})
  }

  // ---- Primitives ------------------------------------------------------------------------------

  neg = (x: Value): Value => this.#one('neg', [x], {})
  abs = (x: Value): Value => this.#one('abs', [x], {})
  sign = (x: Value): Value => this.#one('sign', [x], {})
  floor = (x: Value): Value => this.#one('floor', [x], {})
  ceil = (x: Value): Value => this.#one('ceil', [x], {})
  round = (x: Value): Value => this.#one('round', [x], {})
  exp = (x: Value): Value => this.#one('exp', [x], {})
  expm1 = (x: Value): Value => this.#one('expm1', [x], {})
  log = (x: Value): Value => this.#one('log', [x], {})
  log1p = (x: Value): Value => this.#one('log1p', [x], {})
  sqrt = (x: Value): Value => this.#one('sqrt', [x], {})
  sin = (x: Value): Value => this.#one('sin', [x], {})
  cos = (x: Value): Value => this.#one('cos', [x], {})
  tanh = (x: Value): Value => this.#one('tanh', [x], {})
  sigmoid = (x: Value): Value => this.#one('sigmoid', [x], {})
  erf = (x: Value): Value => this.#one('erf', [x], {})
  not = (x: Value): Value => this.#one('not', [x], {})

  add = (x: Operand, y: Operand): Value => this.#pair('add', x, y)
  sub = (x: Operand, y: Operand): Value => this.#pair('sub', x, y)
  mul = (x: Operand, y: Operand): Value => this.#pair('mul', x, y)
  div = (x: Operand, y: Operand): Value => this.#pair('div', x, y)
  pow = (x: Operand, y: Operand): Value => this.#pair('pow', x, y)
  max = (x: Operand, y: Operand): Value => this.#pair('max', x, y)
  min = (x: Operand, y: Operand): Value => this.#pair('min', x, y)
  equal = (x: Operand, y: Operand): Value => this.#pair('equal', x, y)
  less = (x: Operand, y: Operand): Value => this.#pair('less', x, y)
  lessEqual = (x: Operand, y: Operand): Value => this.#pair('lessEqual', x, y)
  and = (x: Value, y: Value): Value => this.#one('and', [x, y], {})
  or = (x: Value, y: Value): Value => this.#one('or', [x, y], {})

  select = (condition: Value, x: Operand, y: Operand): Value => {
    const dtype = isScalarNumber(x) ? (isScalarNumber(y) ? 'float32' : y.dtype) : x.dtype
    return this.#one('select', [condition, this.#value(x, dtype), this.#value(y, dtype)], {})
  }
  cast = (x: Value, dtype: DType): Value => (x.dtype === dtype ? x : this.#one('cast', [x], { dtype }))

  reduceSum = (x: Value, axes?: readonly number[], keepDims = false): Value =>
    this.#reduce('reduceSum', x, axes, keepDims)
  reduceProd = (x: Value, axes?: readonly number[], keepDims = false): Value =>
    this.#reduce('reduceProd', x, axes, keepDims)
  reduceMax = (x: Value, axes?: readonly number[], keepDims = false): Value =>
    this.#reduce('reduceMax', x, axes, keepDims)
  reduceMin = (x: Value, axes?: readonly number[], keepDims = false): Value =>
    this.#reduce('reduceMin', x, axes, keepDims)
  argMax = (x: Value, axis: number): Value =>
    this.#one('argMax', [x], { axis: normalizeAxis(axis, x.shape.length) })
  cumSum = (
    x: Value,
    axis: number,
    { exclusive = false, reverse = false }: Partial<Omit<CumSumAttributes, 'axis'>> = {},
  ): Value => this.#one('cumSum', [x], { axis: normalizeAxis(axis, x.shape.length), exclusive, reverse })
  /** The k greatest elements along the last axis, and their places. */
  topK = (x: Value, k: number): readonly [values: Value, indices: Value] => {
    const [values, indices] = this.emit('topK', [x], { k })
    return [values!, indices!]
  }

  dot = (x: Value, y: Value, attrs: DotAttributes): Value => this.#one('dot', [x, y], attrs)
  conv = (x: Value, kernel: Value, attrs: ConvAttributes): Value => this.#one('conv', [x, kernel], attrs)
  convTranspose = (y: Value, kernel: Value, attrs: ConvTransposeAttributes): Value =>
    this.#one('convTranspose', [y, kernel], attrs)
  convFilterGrad = (x: Value, g: Value, attrs: ConvFilterGradAttributes): Value =>
    this.#one('convFilterGrad', [x, g], attrs)

  maxPool = (x: Value, attrs: PoolAttributes): Value => this.#one('maxPool', [x], attrs)
  maxPoolGrad = (x: Value, y: Value, g: Value, attrs: PoolAttributes): Value =>
    this.#one('maxPoolGrad', [x, y, g], attrs)
  avgPool = (x: Value, attrs: PoolAttributes): Value => this.#one('avgPool', [x], attrs)
  avgPoolGrad = (g: Value, attrs: AvgPoolGradAttributes): Value => this.#one('avgPoolGrad', [g], attrs)

  reshape = (x: Value, shape: Shape): Value =>
    sameShape(x.shape, shape) ? x : this.#one('reshape', [x], { shape })
  transpose = (x: Value, permutation: readonly number[]): Value =>
    permutation.every((axis, at) => axis === at) ? x : this.#one('transpose', [x], { permutation })
  broadcast = (x: Value, shape: Shape): Value =>
    sameShape(x.shape, shape) ? x : this.#one('broadcast', [x], { shape })
  /** Elements [start, end) of each axis by its stride; an end of null takes the rest. */
  slice = (
    x: Value,
    starts: readonly Dim[],
    ends: readonly (Dim | null)[],
    strides: readonly number[] = starts.map(() => 1),
  ): Value => this.#one('slice', [x], { starts, ends, strides })
  pad = (x: Value, low: readonly Dim[], high: readonly Dim[], value = 0): Value =>
    [...low, ...high].every((amount) => amount === 0) ? x : this.#one('pad', [x], { low, high, value })
  concat = (inputs: readonly Value[], axis: number): Value =>
    this.#one('concat', inputs, { axis: normalizeAxis(axis, inputs[0]!.shape.length) })
  reverse = (x: Value, axes: readonly number[]): Value => this.#one('reverse', [x], { axes })

  /** Rows of x by their numbers: x [n, …], indices [i…] of int32 → [i…, …]. */
  gather = (x: Value, indices: Value): Value => this.#one('gather', [x, indices], {})
  /** Rows that are added up by their numbers: indices [i…], updates [i…, …] → [size, …]. */
  scatterAdd = (indices: Value, updates: Value, size: Dim): Value =>
    this.#one('scatterAdd', [indices, updates], { size })

  constant = (data: ArrayLike<number>, shape: Shape, dtype: DType = 'float32'): Value =>
    this.#one('constant', [], { data, shape, dtype })
  iota = (shape: Shape, axis: number, dtype: DType = 'int32'): Value =>
    this.#one('iota', [], { shape, axis, dtype })
  /** In the body of a loop: drawn once, before the loop. */
  random = (shape: Shape, distribution: RandomAttributes['distribution'] = 'uniform'): Value =>
    this.#around === undefined
      ? this.#one('random', [], { shape, distribution, stream: this.#nextStream++ })
      : this.outside(this.#around.random(shape, distribution))
  dimSize = (x: Value, axis: number): Value => this.#one('dimSize', [x], { axis })
  stopGradient = (x: Value): Value => this.#one('stopGradient', [x], {})

  // ---- Composites ------------------------------------------------------------------------------

  /** A composite by its name, as one equation that carries its own meaning. */
  call(name: string, inputs: readonly Value[], options: CallAttributes['options'] = {}): Value {
    const composite = composites[name]
    if (composite === undefined) throw new FnError(`There is no composite "${name}".`)
    const inner = new Builder()
    const parameters = inputs.map((input, at) => inner.input(input, `x${at}`))
    const body = inner.build({ y: composite.body(inner, parameters, options) })
    return this.#one('call', inputs, { name, options, body })
  }

  relu = (x: Value): Value => this.call('relu', [x])
  /** Along the last axis. */
  softmax = (x: Value): Value => this.call('softmax', [x])
  /** Along the last axis. */
  logSoftmax = (x: Value): Value => this.call('logSoftmax', [x])
  softplus = (x: Value): Value => this.call('softplus', [x])

  // ---- What reads better than its primitives ------------------------------------------------------

  scalar = (value: number, dtype: DType = 'float32'): Value => this.constant([value], [], dtype)
  zerosLike = ({ shape, dtype }: TensorType): Value => this.constant([0], shape, dtype)
  onesLike = ({ shape, dtype }: TensorType): Value => this.constant([1], shape, dtype)
  square = (x: Value): Value => this.mul(x, x)
  clip = (x: Value, low: number, high: number): Value => this.min(this.max(x, low), high)

  /** The matrix product: x [..., k] · y [k, n] → [..., n]. */
  matmul = (x: Value, y: Value): Value =>
    this.dot(x, y, { contract: [[x.shape.length - 1], [0]], batch: [[], []] })

  /** How many elements lie along the axes, as a float32 scalar; a constant where the sizes are known. */
  count(x: Value, axes: readonly number[]): Value {
    let known = 1
    let symbolic: Value | undefined
    for (const axis of axes) {
      const dim = x.shape[axis]!
      if (typeof dim === 'number') known *= dim
      else {
        const size = this.cast(this.dimSize(x, axis), 'float32')
        symbolic = symbolic === undefined ? size : this.mul(symbolic, size)
      }
    }
    return symbolic === undefined ? this.scalar(known) : this.mul(symbolic, known)
  }

  mean(x: Value, axes?: readonly number[], keepDims = false): Value {
    const over = axes ?? x.shape.map((_, axis) => axis)
    const total = this.reduceSum(x, over, keepDims)
    return over.length === 0
      ? total
      : this.div(
          total,
          this.count(
            x,
            over.map((axis) => normalizeAxis(axis, x.shape.length)),
          ),
        )
  }

  /** [start, end) along one axis, all of the others. */
  sliceAxis(x: Value, axis: number, start: Dim, end: Dim | null): Value {
    const at = normalizeAxis(axis, x.shape.length)
    return this.slice(
      x,
      x.shape.map((_, other) => (other === at ? start : 0)),
      x.shape.map((_, other) => (other === at ? end : null)),
    )
  }

  /** x with stride − 1 zeros between its neighbours along an axis: n → (n − 1)·stride + 1. */
  insertZeros(x: Value, axis: number, stride: number): Value {
    const size = x.shape[axis]!
    if (size === 0) return x
    const split = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)]
    const none = split.map(() => 0)
    const spread = this.pad(
      this.reshape(x, split),
      none,
      none.map((_, at) => (at === axis + 1 ? stride - 1 : 0)),
    )
    const joined = this.reshape(
      spread,
      x.shape.map((dim, at) => (at === axis ? productOf([size, stride]) : dim)),
    )
    return this.sliceAxis(joined, axis, 0, addDims(productOf([size, stride]), 1 - stride))
  }

  /** Sums what broadcasting had spread, back to `shape`: the transpose of broadcasting. */
  sumTo(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x
    const lead = x.shape.length - shape.length
    const axes = x.shape
      .map((dim, axis) => (axis < lead || (shape[axis - lead] === 1 && dim !== 1) ? axis : -1))
      .filter((axis) => axis >= 0)
    return this.reshape(this.reduceSum(x, axes), shape)
  }

  /** A reshape in which one size may be −1 and is worked out from the others. */
  reshapeTo(x: Value, shape: Shape): Value {
    const open = shape.indexOf(-1)
    if (open < 0) return this.reshape(x, shape)
    const others = shape.filter((_, axis) => axis !== open)
    const total = productOf(x.shape)
    const dim = exactQuotient(total, productOf(others)) ?? this.#assumedQuotient(x, total, others)
    if (dim === undefined) {
      throw new ShapeError(`Can not reshape ${formatShape(x.shape)} into ${formatShape(shape)}.`)
    }
    return this.reshape(
      x,
      shape.map((size, axis): Dim => (axis === open ? dim : size)),
    )
  }

  /** Of samples of unknown size the quotient is taken to be an integer until the size is known. */
  #assumedQuotient(x: Value, total: Dim, others: Shape): Dim | undefined {
    if (others[0] !== x.shape[0]) return undefined
    const numbers = others.filter((dim) => typeof dim === 'number').reduce((product, dim) => product * dim, 1)
    const rest = exactQuotient(total, productOf(others.filter((dim) => typeof dim !== 'number')))
    return typeof rest === 'string' && numbers > 0 ? floorDiv(rest, numbers) : undefined
  }

  /** The shape of x op y. */
  broadcastShape = (x: Value, y: Value): Shape => broadcastShapes(x.shape, y.shape)

  #value(operand: Operand, dtype: DType): Value {
    return isScalarNumber(operand) ? this.scalar(operand, dtype) : operand
  }

  #reduce(
    op: 'reduceSum' | 'reduceProd' | 'reduceMax' | 'reduceMin',
    x: Value,
    axes: readonly number[] | undefined,
    keepDims: boolean,
  ): Value {
    const over = (axes ?? x.shape.map((_, axis) => axis)).map((axis) => normalizeAxis(axis, x.shape.length))
    return over.length === 0 ? x : this.#one(op, [x], { axes: [...over].sort((a, b) => a - b), keepDims })
  }
}
