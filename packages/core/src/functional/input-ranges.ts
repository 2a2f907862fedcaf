import type { Node } from './node.ts'
import type { SymbolicTensor } from './symbolic-tensor.ts'

/** The least and the greatest whole number that something takes, and what it is. */
export interface InputRange {
  readonly low: number
  readonly high: number
  /** `Embedding "words"` */
  readonly label: string
}

/** The ranges of the layers that take a tensor at some calls. */
export const inputRangesOf = (tensor: SymbolicTensor, calls: readonly Node[]): readonly InputRange[] =>
  calls.flatMap(({ layer, inputs }) =>
    inputs.flatMap((input, at) => (input === tensor ? layer.inputRanges(at) : [])),
  )
