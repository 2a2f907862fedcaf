import type { HostArray } from '../backend.ts'
import { ConfigError } from '../errors.ts'
import type { Value } from '../program/types.ts'
import { InputLayer } from './input-layer.ts'
import { wrapsSooner } from './input-type.ts'
import { Layer, type LayerOptions, type Mask, type Written } from './layer.ts'
import { autoName } from './names.ts'
import type { Node } from './node.ts'
import type { Scope } from './scope.ts'
import { SymbolicTensor } from './symbolic-tensor.ts'

/** The elements of an axis from `start` up to `stop` by `step`; null is open. */
export class Range {
  constructor(
    readonly start: number | null = null,
    readonly stop: number | null = null,
    readonly step: number | null = null,
  ) {}
}

/** Where a tensor stands among the arguments of an operation: it is input number `at`. */
export class Slot {
  constructor(readonly at: number) {}
}

/** What an operation takes: tensors (T), constants, and lists of them. */
export type Argument<T> = T | number | string | boolean | null | HostArray | Range | readonly Argument<T>[]

/** The arguments with others in the place of some, which are told from the rest by `isOne`. */
export function replaced<T, U>(
  args: readonly unknown[],
  isOne: (argument: unknown) => argument is T,
  by: (argument: T) => U,
): readonly Argument<U>[] {
  const one = (argument: unknown): Argument<U> => {
    if (isOne(argument)) return by(argument)
    return Array.isArray(argument) ? argument.map(one) : (argument as Argument<U>)
  }
  return args.map(one)
}

/** The arguments with slots for their tensors, and these. */
export function slotted<T>(
  args: readonly unknown[],
  isTensor: (argument: unknown) => argument is T,
): { readonly args: readonly Argument<Slot>[]; readonly tensors: readonly T[] } {
  const tensors: T[] = []
  return { args: replaced(args, isTensor, (tensor) => new Slot(tensors.push(tensor) - 1)), tensors }
}

const isSlot = (argument: unknown): argument is Slot => argument instanceof Slot
const isSymbolic = (argument: unknown): argument is SymbolicTensor => argument instanceof SymbolicTensor

export type Settings = Readonly<Record<string, unknown>>

/** One kind of operations. */
export interface OperationDefinition {
  /** What Keras calls it, below its module of operations: 'numpy.ExpandDims'. */
  readonly kind: string
  /** Its settings in camelCase, as they are where nothing is said. */
  readonly defaults: Settings
  write(b: Scope, args: readonly Argument<Value>[], settings: Settings): Value
}

export interface OperationOptions extends LayerOptions {
  readonly definition: OperationDefinition
  readonly args: readonly Argument<Slot>[]
  readonly settings?: Settings
}

/** An operation on tensors as a step of a graph. The constants among its arguments it keeps. */
export class Operation extends Layer {
  readonly definition: OperationDefinition
  readonly args: readonly Argument<Slot>[]
  readonly settings: Settings
  override readonly arity: number

  constructor({ definition, args, settings = {}, name, ...options }: OperationOptions) {
    super({ ...options, name: name ?? autoName(classOf(definition)) })
    this.definition = definition
    this.args = args
    const said = Object.entries(settings).filter(([, value]) => value !== undefined)
    this.settings = { ...definition.defaults, ...Object.fromEntries(said) }
    this.arity = slotted(args, isSlot).tensors.length
  }

  override get className(): string {
    return classOf(this.definition)
  }

  override call(inputs: readonly Value[], b: Scope): Value {
    return this.definition.write(b, this.argumentsOf(inputs).args, this.settings)
  }

  /** Keras hands on the tensor itself, with its mask, where a cast changes nothing. */
  override computeMask([x]: readonly Value[], [mask]: readonly Mask[]): Mask {
    return this.definition.kind === 'core.Cast' && x!.dtype === this.settings.dtype ? mask : undefined
  }

  override argumentsOf<T>(inputs: readonly T[]): { readonly args: readonly Argument<T>[] } {
    return { args: replaced(this.args, isSlot, ({ at }) => inputs[at]!) }
  }

  protected override infer(node: Node): Written {
    const written = super.infer(node)
    if (!WRAPPING.includes(this.className) || written.outputs[0]!.dtype !== 'int32') return written
    const narrow = node.inputs.map(narrowSource).find((source) => source !== undefined)
    if (narrow !== undefined)
      throw new ConfigError(
        `${this.label}: expected integers of int32 or floats, since Keras computes with ${narrow.dataType}, which wraps around. Received: input "${narrow.name}". Cast it first, with ops.cast.`,
      )
    return written
  }

  override config(): Settings {
    return this.settings
  }

  override clone(changes: Settings = {}): this {
    const { definition, args, settings, name } = this
    return new Operation({ definition, args, settings, name, ...changes }) as this
  }
}

/** The tensors that no narrow integers come to. */
const wide = new WeakSet<SymbolicTensor>()

/** The input of a narrow type of integers whose elements come here, as they are or moved about. */
function narrowSource(tensor: SymbolicTensor): InputLayer | undefined {
  const seen = new Set([tensor])
  // A set is walked to its end, also what is added on the way.
  for (const next of seen) {
    // A cast is what the error asks for.
    if (wide.has(next) || next.dtype !== 'int32' || next.layer.className === 'Cast') continue
    if (next.layer instanceof InputLayer && wrapsSooner(next.layer.dataType)) return next.layer
    for (const input of next.node.inputs) seen.add(input)
  }
  for (const one of seen) wide.add(one)
  return undefined
}

/** Operations whose results in a narrow type of integers differ from those in int32. */
const WRAPPING: readonly string[] = [
  'Add',
  'Subtract',
  'Multiply',
  'Power',
  'Negative',
  'Absolute',
  'Square',
  'Sum',
  'Prod',
  'Cumsum',
]

const classOf = ({ kind }: OperationDefinition): string => kind.slice(kind.indexOf('.') + 1)

/**
 * Calls a new operation, which makes a node of the graph.
 *
 * @throws ConfigError where there is no tensor among the arguments
 */
export function operate(
  definition: OperationDefinition,
  given: readonly unknown[],
  settings?: Settings,
): SymbolicTensor {
  const { args, tensors } = slotted(given, isSymbolic)
  if (tensors.length === 0) {
    throw new ConfigError(
      `${classOf(definition)}: expected at least one symbolic tensor, as input() and layers give them. Received: none.`,
    )
  }
  return new Operation({ definition, args, ...(settings && { settings }) }).apply(tensors)
}
