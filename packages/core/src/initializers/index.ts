import { withCheckedOptions } from '../options.ts'
import { type DescribedConfig, described, describedConfig } from '../saving/described.ts'
import type { Initializer } from './initializer.ts'
import * as factories from './initializer.ts'

/** All initializers by name. */
const table = {
  zeros: factories.zeros,
  ones: factories.ones,
  constant: factories.constant,
  randomUniform: factories.randomUniform,
  randomNormal: factories.randomNormal,
  truncatedNormal: factories.truncatedNormal,
  varianceScaling: factories.varianceScaling,
  glorotUniform: factories.glorotUniform,
  glorotNormal: factories.glorotNormal,
  heUniform: factories.heUniform,
  heNormal: factories.heNormal,
  lecunUniform: factories.lecunUniform,
  lecunNormal: factories.lecunNormal,
  orthogonal: factories.orthogonal,
  identity: factories.identity,
  // Names of earlier versions of Keras.
  orthogonalInitializer: factories.orthogonal,
  identityInitializer: factories.identity,
  normal: factories.randomNormal,
  uniform: factories.randomUniform,
  one: factories.ones,
  zero: factories.zeros,
} satisfies Record<string, (options?: never) => Initializer>

/**
 * Makes initializers: `initializers.randomNormal({ stddev: 0.1 })`.
 *
 * @throws ConfigError for an option that an initializer does not have, or of another type
 */
export const initializers = withCheckedOptions<Initializer, typeof table>(
  'initializers',
  table,
  ({ config }) => config,
)

export type InitializerName = keyof typeof table

/** An initializer, its name, or what `initializerConfig` wrote. */
export type InitializerLike = Initializer | InitializerName | DescribedConfig

/** @throws ConfigError for a name that no initializer has */
export const initializerOf = (like: InitializerLike): Initializer =>
  described<Initializer>('initializer', like, table)

/** What Keras writes for an initializer. */
export const initializerConfig = (initializer: Initializer): DescribedConfig =>
  describedConfig('keras.initializers', initializer)
