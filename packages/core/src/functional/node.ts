import type { Layer } from './layer.ts'
import type { SymbolicTensor } from './symbolic-tensor.ts'

export interface CallOptions {
  /** Fixes how the layer behaves at this call, whatever fit and predict do; without it they decide. */
  readonly training?: boolean
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

  /** Sets the outputs, which point back at this node. */
  complete(outputs: readonly SymbolicTensor[]): readonly SymbolicTensor[] {
    this.#outputs = outputs
    return outputs
  }
}
