import { withCheckedOptions } from '../options.ts'
import { type DescribedConfig, described, describedConfig } from '../saving/described.ts'
import type { Regularizer } from './regularizer.ts'
import * as factories from './regularizer.ts'

const table = {
  l1: factories.l1,
  l2: factories.l2,
  l1l2: factories.l1l2,
  orthogonalRegularizer: factories.orthogonalRegularizer,
}

/**
 * Makes regularizers: `regularizers.l2({ l2: 1e-4 })`.
 *
 * @throws ConfigError for an option that a regularizer does not have, or of another type
 */
export const regularizers = withCheckedOptions<Regularizer, typeof table>(
  'regularizers',
  table,
  ({ config }) => config,
)

export type RegularizerName = keyof typeof regularizers

/** A regularizer, its name, what Keras writes for it, or nothing. */
export type RegularizerLike = Regularizer | RegularizerName | DescribedConfig | null

/** @throws ConfigError for a name that no regularizer has */
export const regularizerOf = (like: RegularizerLike | undefined): Regularizer | undefined =>
  like === undefined || like === null ? undefined : described<Regularizer>('regularizer', like, table)

/** What Keras writes for a regularizer. */
export const regularizerConfig = (regularizer: Regularizer | undefined): DescribedConfig | null =>
  regularizer === undefined ? null : describedConfig('keras.regularizers', regularizer)
