import {
  type Attributes,
  Builder,
  concrete,
  type DType,
  type Equation,
  type HostArray,
  type OpName,
  type Program,
  prune,
  type Shape,
  sizeOf,
  type Value,
} from '@fn/core'
import type { Domain } from '../ops/op-case.ts'
import { drawInput } from '../ops/values.ts'
import type { Choices } from './choices.ts'
import { type Disturbance, isFarFromTies, isFarFromZero, isSteady, type Lanes } from './lanes.ts'

export interface SketchOptions {
  readonly seed: number
  readonly disturbance: Disturbance
  /** How far values may be off in the noise. */
  readonly limit: number
  /** Whether slopes are wanted: then ops that have none are left out, and kinks kept away from. */
  readonly smooth: boolean
  /** Of the inputs that an engine takes. */
  readonly dtypes: ReadonlySet<DType>
  /** Whether an engine, by what it says of itself, does not run a program. */
  isRefused(program: Program): boolean
}

/** Elements that a tensor may have. */
const LARGEST = 160

/** A builder that knows what its equations give, and keeps those values that are good to go on from. */
export class Sketch extends Builder {
  readonly options: SketchOptions
  readonly arrays: HostArray[] = []
  readonly #lanes = new Map<number, Lanes>()
  readonly #read = new Set<number>()
  readonly #refused = new Set<number>()
  readonly #pool: Value[] = []

  constructor(options: SketchOptions) {
    super()
    this.options = options
  }

  get smooth(): boolean {
    return this.options.smooth
  }

  override emit<Op extends OpName>(
    op: Op,
    inputs: readonly Value[],
    attrs: Attributes[Op],
    path?: string,
  ): readonly Value[] {
    const outputs = super.emit(op, inputs, attrs, path)
    const equation = this.lastEquation
    for (const { id } of inputs) this.#read.add(id)
    const refused = inputs.some(({ id }) => this.#refused.has(id)) || this.#isRefused(equation)
    if (refused) for (const { id } of outputs) this.#refused.add(id)
    const lanes = this.options.disturbance.equation(
      equation,
      inputs.map((value) => this.lanesOf(value)),
    )
    outputs.forEach(({ id }, at) => {
      this.#lanes.set(id, lanes[at]!)
    })
    return outputs
  }

  #isRefused(equation: Equation): boolean {
    return this.options.isRefused({
      inputs: [...new Set(equation.inputs)].map((input, at) => ({ ...input, name: `x${at}` })),
      equations: [equation],
      outputs: equation.outputs,
      outputNames: equation.outputs.map((_, at) => `y${at}`),
    })
  }

  /** Whether an equation takes it. */
  isRead = ({ id }: Value): boolean => this.#read.has(id)

  lanesOf({ id }: Value): Lanes {
    return this.#lanes.get(id)!
  }

  /** Keeps what can be asked of an engine. */
  keep(values: readonly Value[]): void {
    for (const value of values) {
      const known = this.#pool.includes(value) || this.#refused.has(value.id)
      if (
        !known &&
        sizeOf(concrete(value.shape)) <= LARGEST &&
        isSteady(this.lanesOf(value), this.options.limit)
      )
        this.#pool.push(value)
    }
  }

  /** The values that were kept, the newest first. */
  get pool(): readonly Value[] {
    return this.#pool.toReversed()
  }

  /** A new input of the program. */
  fresh(shape: Shape, dtype: DType = 'float32', domain: Domain = domains[dtype]): Value {
    const value = this.input({ shape, dtype }, `x${this.arrays.length}`)
    const array = drawInput(
      { shape: concrete(shape), dtype, domain },
      this.arrays.length,
      1000 * this.options.seed,
    )
    this.arrays.push(array)
    const tensor = array as Lanes['exact']
    const whole = dtype !== 'float32' || domain === 'integers'
    this.#lanes.set(value.id, this.options.disturbance.input(tensor, whole))
    if (this.options.dtypes.has(dtype)) this.#pool.push(value)
    else this.#refused.add(value.id)
    return value
  }

  /** A value that was kept, or a new input. */
  any(
    pick: Choices,
    dtype: DType = 'float32',
    accepts: (value: Value) => boolean = () => true,
    make = () => anyShape(pick),
  ): Value {
    const known = this.pool.filter((value) => value.dtype === dtype && accepts(value))
    return known.length > 0 && pick.maybe(80)
      ? known[Math.min(pick.below(known.length), pick.below(known.length))]!
      : this.fresh(make(), dtype, dtype === 'float32' ? this.#domain(pick) : domains[dtype])
  }

  #domain = (pick: Choices): Domain =>
    pick.of(this.smooth ? ['any', 'any', 'distinct'] : ['any', 'any', 'distinct', 'positive', 'integers'])

  /** The least and the greatest element, in all runs. */
  rangeOf(value: Value): readonly [number, number] {
    const { exact, noisy, moved } = this.lanesOf(value)
    const all = [exact, ...noisy, ...moved].flatMap(({ data }) => [...data])
    return [Math.min(...all), Math.max(...all)]
  }

  /** Whether the elements of a value stay on their sides of 0, which matters where slopes are wanted. */
  isFarFromZero = (value: Value): boolean => !this.smooth || isFarFromZero(this.lanesOf(value))

  isFarFromTies = (value: Value): boolean => !this.smooth || isFarFromTies(this.lanesOf(value))

  /** The program of some values, and nothing that these do not need. */
  programOf(outputs: readonly Value[]): {
    readonly program: Program
    readonly inputs: readonly HostArray[]
    readonly lanes: readonly Lanes[]
  } {
    const whole = prune(this.build(outputs.map((value, at) => [`y${at}`, value] as const)))
    const read = new Set([...whole.equations.flatMap(({ inputs }) => inputs), ...outputs].map(({ id }) => id))
    const used = whole.inputs.map(({ id }) => read.has(id))
    return {
      program: Object.freeze({ ...whole, inputs: whole.inputs.filter((_, at) => used[at]) }),
      inputs: this.arrays.filter((_, at) => used[at]),
      lanes: whole.inputs.filter((_, at) => used[at]).map((value) => this.lanesOf(value)),
    }
  }
}

const domains = { float32: 'any', int32: 'counts', bool: 'bool' } as const

/** Of rank 0 to 5, with sizes of 0 to 5. */
export function anyShape(pick: Choices, ranks: readonly number[] = [1, 2, 0, 2, 3, 3, 4, 5]): number[] {
  const rank = pick.of(ranks)
  let room = LARGEST / 2
  return Array.from({ length: rank }, () => {
    const size = pick.of([1, 2, 3, 2, 3, 4, 5, 2, 3, pick.maybe(30) ? 0 : 1])
    if (size > room) return 1
    room = Math.floor(room / Math.max(size, 1))
    return size
  })
}
