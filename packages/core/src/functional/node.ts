import type { TensorType } from '../program/types.ts'
import type { Layer } from './layer.ts'
import { SymbolicTensor } from './symbolic-tensor.ts'

export interface CallOptions {
  /** Fixes how the layer behaves at this call, whatever fit and predict do; without it they decide. */
  readonly training?: boolean
  /** Of a recurrent layer: the states that it starts from, instead of zeros. */
  readonly initialState?: SymbolicTensor | readonly SymbolicTensor[]
}

/** One call of a layer in a graph. */
export class Node {
  /** Its place among the calls of its layer, from 0. */
  readonly index: number
  #outputs: readonly SymbolicTensor[] = []

  constructor(
    readonly layer: Layer<unknown>,
    readonly inputs: readonly SymbolicTensor[],
    readonly options: CallOptions,
  ) {
    this.index = layer.inboundNodes.length
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
