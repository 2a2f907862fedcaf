import { concrete, type Equation, sizeOf, type Value } from '@fn/core'
import { emitOf } from './arithmetic.ts'
import { type Access, FunctionWriter, type Local } from './assembler.ts'
import { aligned, elementsOf, type Splat, splitOf } from './layout.ts'
import { rounded } from './sweep.ts'

const BYTES = 4
const LANES = 4

/** Below it float32 is no normal number, with which most processors take a hundred times as long. */
const LEAST_NORMAL = 2 ** -126

/** What is smaller has a square below 2⁻¹⁰⁰. */
const LEAST_SQUARED = 2 ** -50

const isSquare = ({ op, inputs: [x, y] }: Equation): boolean => op === 'mul' && x!.id === y!.id

const widthOf = ({ dtype }: Value): number => (dtype === 'bool' ? 1 : BYTES)

/**
 * Equations over the same elements as one loop over rows, and in it one over the elements of a row. The parameters of
 * its function are the addresses of `inputs` and then of `outputs`.
 */
export class Pass {
  readonly #splat: Splat
  readonly #known: ReadonlySet<number> | undefined
  /** Of what there are squares. */
  readonly #squared: ReadonlySet<number>
  readonly #w: FunctionWriter
  readonly #pointers = new Map<number, Local>()
  readonly #rows: number
  readonly #columns: number
  /** By how many bytes a pointer moves on with a row. */
  readonly #strides = new Map<Local, number>()
  /** Operands of one number in a row. */
  readonly #numbers: Value[] = []

  /**
   * @param inputs what the equations read from outside
   * @param outputs what is read of them outside
   * @param known if it is given, nothing else is read that is too small, as `WriteOptions.swept` says
   */
  constructor(
    readonly equations: readonly Equation[],
    readonly inputs: readonly Value[],
    readonly outputs: readonly Value[],
    splat: Splat,
    known?: ReadonlySet<number>,
  ) {
    this.#splat = splat
    this.#known = known
    this.#squared = new Set(equations.filter(isSquare).map(({ inputs: [x] }) => x!.id))
    this.#w = new FunctionWriter(inputs.length + outputs.length)
    for (const [at, { id }] of [...inputs, ...outputs].entries())
      this.#pointers.set(id, this.#w.parameter(at))
    const shape = elementsOf(equations[0]!)!
    const split = splitOf(equations, shape, splat)!
    this.#rows = sizeOf(shape.slice(0, split))
    this.#columns = sizeOf(shape.slice(split))
    const sliced = new Set(equations.flatMap(({ op, inputs: [x] }) => (op === 'slice' ? [x!.id] : [])))
    for (const value of inputs) {
      const own = aligned(value, shape.length)
      const [rows, columns] = [sizeOf(own.slice(0, split)), sizeOf(own.slice(split))]
      this.#strides.set(this.#pointer(value), rows === this.#rows ? columns * widthOf(value) : 0)
      if (columns < this.#columns && !sliced.has(value.id)) this.#numbers.push(value)
    }
    for (const value of outputs) {
      const columns = sizeOf(concrete(value.shape)) / this.#rows
      this.#strides.set(this.#pointer(value), columns * widthOf(value))
    }
  }

  #pointer = ({ id }: Value): Local => this.#pointers.get(id)!

  /** The function that runs them. */
  write(): FunctionWriter {
    const [w, columns] = [this.#w, this.#columns]
    const whole = columns - (columns % LANES)
    w.loop(w.row, 0, this.#rows, 1, () => {
      const numbers = new Map(this.#numbers.map((value) => [value.id, this.#load(value, { single: true })]))
      if (whole > 0)
        w.loop(w.place, 0, whole * BYTES, LANES * BYTES, () => this.#elements(numbers, { single: false }))
      if (whole < columns)
        w.loop(w.place, whole * BYTES, columns * BYTES, BYTES, () =>
          this.#elements(numbers, { single: true }),
        )
      for (const [pointer, stride] of this.#strides) w.advance(pointer, stride)
    })
    return w
  }

  /** Four elements, or a single one. */
  #elements(numbers: ReadonlyMap<number, Local>, { single }: { readonly single: boolean }): void {
    const w = this.#w
    const at = (offset = 0): Access => ({ place: w.place, offset, single })
    const values = new Map(numbers)
    const read = (value: Value): Local => {
      if (!values.has(value.id)) values.set(value.id, this.#constant(value) ?? this.#load(value, at()))
      return values.get(value.id)!
    }
    for (const equation of this.equations) {
      const [y] = equation.outputs
      if (equation.op === 'concat') {
        equation.inputs.forEach((part, which) => {
          this.#store(y!, read(part), at(which * this.#columns * BYTES))
        })
      } else {
        const made =
          equation.op === 'slice'
            ? this.#load(equation.inputs[0]!, at(Number(equation.attrs.starts.at(-1)) * BYTES))
            : emitOf(equation)!(w, ...this.#operands(equation, equation.inputs.map(read)))
        values.set(y!.id, made)
        if (this.#pointers.has(y!.id)) this.#store(y!, made, at())
      }
    }
  }

  #operands(equation: Equation, operands: readonly Local[]): readonly Local[] {
    if (this.#known === undefined || !isSquare(equation) || this.#isForeign(equation.inputs[0]!))
      return operands
    const root = this.#flush(operands[0]!)
    return [root, root]
  }

  /** Whether it is read, and may be too small. */
  #isForeign = ({ id }: Value): boolean =>
    this.#known?.has(id) === false && this.inputs.some((input) => input.id === id)

  #constant(value: Value): Local | undefined {
    const only = this.#splat(value)
    if (only === undefined) return undefined
    return value.dtype === 'bool' ? this.#w.integer(only === 0 ? 0 : 0xffffffff) : this.#w.local(only)
  }

  #load(value: Value, access: Access): Local {
    const pointer = this.#pointer(value)
    if (value.dtype === 'bool') return this.#w.loadMask(pointer, access)
    const loaded = this.#w.load(pointer, access)
    if (!this.#isForeign(value)) return loaded
    // A slope counts for the mean of its squares and for that of itself, or for neither.
    return this.#squared.has(value.id) ? this.#flush(loaded) : rounded(this.#w, loaded)
  }

  #store(value: Value, made: Local, access: Access): void {
    const w = this.#w
    if (value.dtype === 'bool') w.storeMask(this.#pointer(value), made, access)
    else w.store(this.#pointer(value), this.#known === undefined ? this.#normal(made) : made, access)
  }

  #normal(made: Local): Local {
    const w = this.#w
    // Of what is too small only the sign stays.
    const isTiny = this.#isBelow(LEAST_NORMAL, made)
    return w.compute('andNot', made, w.compute('and', isTiny, w.integer(0x7fffffff)))
  }

  #flush = (x: Local): Local => this.#w.compute('andNot', x, this.#isBelow(LEAST_SQUARED, x))

  /** That |x| is. An instruction for |x| would be three of the processor. */
  #isBelow = (least: number, x: Local): Local =>
    this.#w.compute('less', this.#w.compute('and', x, this.#w.integer(0x7fffffff)), least)
}
