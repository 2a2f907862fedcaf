import { ConfigError, shown } from '../errors.ts'
import { withCheckedOptions } from '../options.ts'
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

const factories = {
  binaryCrossentropy,
  categoricalCrossentropy,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
}

/**
 * Makes losses: `losses.categoricalCrossentropy({ fromLogits: true })`.
 *
 * @throws ConfigError for an option that a loss does not have, or of another type
 */
export const losses = withCheckedOptions<Loss, typeof factories>('losses', factories, ({ config }) => config)

/** The losses by name, short names included. */
export const lossTable = { ...factories, mae: meanAbsoluteError, mse: meanSquaredError }

export type LossName = keyof typeof lossTable

/** A loss, its name, or a function that gives the loss of each sample. */
export type LossLike = Loss | LossName | Loss['perSample']

/** @throws ConfigError for a name that no loss has */
export function lossOf(like: LossLike): Loss {
  if (typeof like === 'function') return customLoss(like)
  if (typeof like === 'string') return lookUp<(options?: never) => Loss>('loss', like, lossTable)()
  if (typeof like?.perSample !== 'function') {
    throw new ConfigError(`Expected a loss, its name or a function. Received: ${shown(like)}.`)
  }
  return like
}
