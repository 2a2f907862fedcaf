import type { Choices } from '../choices.ts'
import type { ModelSketch, Sizes } from '../model-sketch.ts'

/** Calls a layer or an operation, or a few. */
export type ModelStep = (s: ModelSketch, pick: Choices) => void

/** Elements that a sample may have. */
export const MOST = 60

export const sizeOf = (sizes: Sizes): number => sizes.reduce((product, size) => product * size, 1)

export const ofRank =
  (...ranks: readonly number[]) =>
  (sizes: Sizes): boolean =>
    ranks.includes(sizes.length)

// Shapes of inputs that suit a layer.
export const features = (pick: Choices): Sizes => pick.of([[3], [2], [4, 2], [2, 3, 2]])
export const sequence = (pick: Choices): Sizes =>
  pick.of([
    [4, 2],
    [3, 1],
    [5, 3],
  ])
export const image = (pick: Choices): Sizes =>
  pick.of([
    [4, 4, 1],
    [5, 3, 2],
    [4, 5, 3],
  ])

export const smooth = [
  'tanh',
  'sigmoid',
  'linear',
  'softplus',
  'gelu',
  'silu',
  'softmax',
  'relu',
  'elu',
] as const
