import type { HostArray } from '../backend.ts'
import { type Argument, type OperationDefinition, operate, type Settings } from '../functional/operation.ts'
import type { Scope } from '../functional/scope.ts'
import type { SymbolicTensor } from '../functional/symbolic-tensor.ts'
import type { Value } from '../program/types.ts'

/** What an operation takes: a tensor of the graph, or a number or an array, which stands in it as a constant. */
export type TensorLike = SymbolicTensor | number | HostArray

/** An operation as one calls it, and its definition, by which a config finds it. */
export type Op<Call> = Call & { readonly definition: OperationDefinition }

/** A definition whose settings are of a type. */
export interface TypedDefinition<S extends object> {
  readonly kind: string
  readonly defaults: S
  write(b: Scope, args: readonly Argument<Value>[], settings: S): Value
}

/** `arrange` turns what a call is given into arguments and settings. */
export function define<Given extends readonly unknown[], S extends object>(
  { kind, defaults, write }: TypedDefinition<S>,
  arrange: (...given: Given) => readonly [args: readonly Argument<SymbolicTensor>[], settings?: Partial<S>],
): Op<(...given: Given) => SymbolicTensor> {
  const definition: OperationDefinition = {
    kind,
    defaults: defaults as Settings,
    write: (b, args, settings) => write(b, args, settings as S),
  }
  const call = (...given: Given): SymbolicTensor => {
    const [args, settings] = arrange(...given)
    return operate(definition, args, settings as Settings)
  }
  return Object.assign(call, { definition })
}
