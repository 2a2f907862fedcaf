import type { SymbolicTensor } from './symbolic-tensor.ts'

/** The least and the greatest whole number that something takes, and what it is. */
export interface InputRange {
  readonly low: number
  readonly high: number
  /** `Embedding "words"` */
  readonly label: string
}

/** The ranges of the layers that a tensor goes into. */
export const inputRangesOf = (tensor: SymbolicTensor): readonly InputRange[] =>
  tensor.layer.outboundNodes.flatMap(({ layer, inputs }) =>
    inputs.flatMap((input, at) => (input === tensor ? layer.inputRanges(at) : [])),
  )
