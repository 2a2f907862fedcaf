import { ConfigError } from '../errors.ts'
import { lookUp } from '../saving/naming.ts'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  customLoss,
  type Loss,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from './loss.ts'

export type { Loss, Reduction, TargetKind } from './loss.ts'

/** Makes losses: `losses.categoricalCrossentropy({ fromLogits: true })`. */
export const losses = {
  binaryCrossentropy,
  categoricalCrossentropy,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
}

/** The losses by name, short names included. */
export const lossTable = { ...losses, mae: meanAbsoluteError, mse: meanSquaredError }

export type LossName = keyof typeof lossTable

/** A loss, its name, or a function that gives the loss of each sample. */
export type LossLike = Loss | LossName | Loss['perSample']

/** @throws ConfigError for a name that no loss has */
export function lossOf(like: LossLike): Loss {
  if (typeof like === 'function') return customLoss(like)
  if (typeof like === 'string') return lookUp<(options?: never) => Loss>('loss', like, lossTable)()
  if (typeof like?.perSample !== 'function') {
    throw new ConfigError(`Expected a loss, its name or a function. Received: ${JSON.stringify(like)}.`)
  }
  return like
}
