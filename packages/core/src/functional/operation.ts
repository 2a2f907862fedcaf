import { ConfigError } from '../errors.ts'
import type { Value } from '../program/types.ts'
import { Layer, type LayerOptions } from './layer.ts'
import { autoName } from './names.ts'
import type { Scope } from './scope.ts'
import { SymbolicTensor } from './symbolic-tensor.ts'

/** [start, stop, step) of an axis, as Keras writes it. */
export interface SliceArgument {
  readonly class_name: '__slice__'
  readonly config: {
    readonly start: number | null
    readonly stop: number | null
    readonly step: number | null
  }
}

/** Where a tensor stands among the arguments of an operation. */
export const TENSOR = Symbol('tensor')

/** What an operation takes: tensors (T), numbers, slices, and lists of them. */
export type Argument<T> = T | number | boolean | null | SliceArgument | readonly Argument<T>[]

/** What an operation is made of. */
export interface OperationDefinition {
  /** As Keras calls it. */
  readonly className: string
  /** Where Keras keeps it. */
  readonly module: 'keras.src.ops.numpy' | 'keras.src.ops.nn' | 'keras.src.ops.core'
  write(b: Scope, args: readonly Argument<Value>[], options: OperationOptions): Value
}

export type OperationOptions = Readonly<Record<string, unknown>>

export interface OperationLayerOptions extends LayerOptions {
  readonly definition: OperationDefinition
  readonly args: readonly Argument<typeof TENSOR>[]
  readonly options?: OperationOptions
}

/** An operation on tensors as a step of a graph: what is no tensor among its arguments it keeps. */
export class Operation extends Layer {
  readonly definition: OperationDefinition
  readonly args: readonly Argument<typeof TENSOR>[]
  readonly options: OperationOptions
  override readonly arity: number

  constructor({ definition, args, options = {}, name, ...rest }: OperationLayerOptions) {
    super({ ...rest, name: name ?? autoName(definition.className) })
    this.definition = definition
    this.args = args
    this.options = options
    this.arity = (args.flat(8) as readonly unknown[]).filter((arg) => arg === TENSOR).length
  }

  override get className(): string {
    // The name of a layer is asked for before it is made.
    return this.definition?.className ?? 'Operation'
  }

  override call(inputs: readonly Value[], b: Scope): Value {
    return this.definition.write(b, filled(this.args, inputs), this.options)
  }

  override argumentsOf<T>(inputs: readonly T[]) {
    return { args: filled(this.args, inputs) }
  }

  override config(): OperationOptions {
    return this.options
  }
}

/** The arguments with `tensors` where tensors stand, in order. */
function filled<T>(args: readonly Argument<typeof TENSOR>[], tensors: readonly T[]): readonly Argument<T>[] {
  let next = 0
  const fill = (arg: Argument<typeof TENSOR>): Argument<T> =>
    arg === TENSOR ? tensors[next++]! : Array.isArray(arg) ? arg.map(fill) : (arg as Argument<T>)
  return args.map(fill)
}

/** The arguments with their tensors taken out, and these. */
export function taken<T>(
  args: readonly unknown[],
  isTensor: (arg: unknown) => arg is T,
): { readonly args: readonly Argument<typeof TENSOR>[]; readonly tensors: readonly T[] } {
  const tensors: T[] = []
  const take = (arg: unknown): Argument<typeof TENSOR> => {
    if (isTensor(arg)) {
      tensors.push(arg)
      return TENSOR
    }
    return Array.isArray(arg) ? arg.map(take) : (arg as Argument<typeof TENSOR>)
  }
  return { args: args.map(take), tensors }
}

/**
 * Calls an operation on symbolic tensors and numbers, which makes a node of the graph.
 *
 * @throws ConfigError where there is no tensor among the arguments
 */
export function operate(
  definition: OperationDefinition,
  args: readonly unknown[],
  options: OperationOptions = {},
): SymbolicTensor {
  const given = taken(args, (arg): arg is SymbolicTensor => arg instanceof SymbolicTensor)
  if (given.tensors.length === 0)
    throw new ConfigError(`${definition.className}: expected at least one symbolic tensor. Received: none.`)
  return new Operation({ definition, args: given.args, options }).apply(given.tensors)
}
