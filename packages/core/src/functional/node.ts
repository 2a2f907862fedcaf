import type { TensorType } from '../program/types.ts'
import type { Layer } from './layer.ts'
import { SymbolicTensor } from './symbolic-tensor.ts'

export interface CallOptions {
  /** Fixes how the layer behaves at this call, whatever fit and predict do; without it they decide. */
  readonly training?: boolean
  /** Of a recurrent layer: the states that it starts from, instead of zeros. */
  readonly initialState?: SymbolicTensor | readonly SymbolicTensor[]
  /**
   * Which steps count, as [batch, time] of bool, instead of what the mask of the input says; a list is one for each
   * input, null where all steps count, undefined for the mask of the input. In a call of a model null also stands for the
   * mask of the input, as in Keras.
   */
  readonly mask?: SymbolicTensor | readonly (SymbolicTensor | null | undefined)[]
  /**
   * Whether the masks of the outputs follow from the masks that the inputs have, whatever `mask` says. Keras does so where
   * the mask of a call has no name: `lstm(x, None, mask)`. By default false.
   */
  readonly keepsInputMask?: boolean
}

/** One call of a layer in a graph. */
export class Node {
  /** Its place among the calls of its layer, from 0. */
  readonly index: number
  /** The mask that the call uses for each input: that which the call was given, else that which the input has. */
  readonly masks: readonly (SymbolicTensor | undefined)[]
  /** The masks from which those of the outputs follow. */
  readonly previousMasks: readonly (SymbolicTensor | undefined)[]
  /** The tensors that the call takes: its inputs, and the masks that it was given. */
  readonly takes: readonly SymbolicTensor[]
  /** The same tensors, in the order in which Keras walks through the arguments of the call. */
  readonly visits: readonly SymbolicTensor[]
  #outputs: readonly SymbolicTensor[] = []
  readonly #given: readonly (SymbolicTensor | null | undefined)[] | undefined

  constructor(
    readonly layer: Layer<unknown>,
    readonly inputs: readonly SymbolicTensor[],
    readonly options: CallOptions,
  ) {
    this.index = layer.inboundNodes.length
    const { mask } = options
    const given = mask && (mask instanceof SymbolicTensor ? [mask] : mask)
    this.#given = given
    const { used, previous } = this.resolveMasks(
      inputs.map((input) => input.mask),
      (mask) => mask,
    )
    this.masks = used
    this.previousMasks = previous
    const masks = given?.filter((mask) => mask instanceof SymbolicTensor) ?? []
    this.takes = masks.length > 0 ? [...inputs, ...masks] : inputs
    const { args, kwargs } = layer.argumentsOf(inputs)
    this.visits = tensorsIn([args, { ...kwargs, mask: masks }])
  }

  /**
   * The masks that the call uses, and those from which the masks of its outputs follow.
   *
   * @param own the masks that the inputs have
   * @param valueAt what stands for a mask that the call was given
   */
  resolveMasks<M>(
    own: readonly (M | undefined)[],
    valueAt: (mask: SymbolicTensor) => M | undefined,
  ): { readonly used: readonly (M | undefined)[]; readonly previous: readonly (M | undefined)[] } {
    const given = this.#given
    if (given === undefined) {
      // As in Keras, a call on several tensor arguments takes no mask that it is not given.
      const isImplicit = !(this.layer.hasSeveralArguments && this.inputs.length > 1)
      return { used: isImplicit ? own : own.map(() => undefined), previous: own }
    }
    // Attention takes a mask for its keys also where the values are the keys: there are more masks than inputs then.
    const used = Array.from({ length: Math.max(own.length, given.length) }, (_, i) => {
      const explicit = given[i]
      if (explicit === undefined || (explicit === null && this.layer.keepsOwnMasks)) return own[i]
      return explicit === null ? undefined : valueAt(explicit)
    })
    const isHandedOn = this.layer.maskArguments === undefined && this.options.keepsInputMask !== true
    return { used, previous: isHandedOn ? used : own }
  }

  get outputs(): readonly SymbolicTensor[] {
    return this.#outputs
  }

  /** Makes the outputs, which point back at this node. Their masks count on after them. */
  complete(
    types: readonly TensorType[],
    masks: readonly (TensorType | undefined)[] = [],
  ): readonly SymbolicTensor[] {
    this.#outputs = types.map(({ shape, dtype }, at) => {
      const mask = masks[at] && new SymbolicTensor(masks[at].shape, masks[at].dtype, this, types.length + at)
      return new SymbolicTensor(shape, dtype, this, at, mask)
    })
    return this.#outputs
  }
}

/** The tensors among arguments; those that have names in the order of these. */
function tensorsIn(argument: unknown): readonly SymbolicTensor[] {
  if (argument instanceof SymbolicTensor) return [argument]
  if (Array.isArray(argument)) return argument.flatMap(tensorsIn)
  if (typeof argument !== 'object' || argument === null || ArrayBuffer.isView(argument)) return []
  const named = argument as Readonly<Record<string, unknown>>
  return Object.keys(named)
    .sort()
    .flatMap((name) => tensorsIn(named[name]))
}
