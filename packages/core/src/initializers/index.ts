import { ConfigError } from '../errors.ts'
import { camelCase, lookUp, snakeCase } from '../saving/naming.ts'
import type { Initializer } from './initializer.ts'
import * as factories from './initializer.ts'

export const initializers = factories

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
} satisfies Record<string, (options?: never) => Initializer>

export type InitializerName = keyof typeof table

/** An initializer, its name, or what `initializerConfig` wrote. */
export type InitializerLike = Initializer | InitializerName | InitializerConfig

export interface InitializerConfig {
  readonly module?: string
  readonly class_name: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly registered_name?: string | null
}

/** @throws ConfigError for a name that no initializer has */
export function initializerOf(like: InitializerLike): Initializer {
  if (typeof like === 'object' && 'values' in like) return like
  const [name, config] = typeof like === 'string' ? [like, {}] : [like.class_name, like.config ?? {}]
  if (typeof name !== 'string')
    throw new ConfigError(`Expected an initializer or its name. Received: ${JSON.stringify(like)}.`)
  const create = lookUp<(options?: never) => Initializer>('initializer', name, table)
  const options = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      camelCase(key),
      typeof value === 'string' ? camelCase(value) : value,
    ]),
  )
  return create(options as never)
}

/** What Keras writes for an initializer. */
export function initializerConfig({ className, config }: Initializer): InitializerConfig {
  const entries = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? snakeCase(value) : value,
  ])
  return {
    module: 'keras.initializers',
    class_name: className,
    config: Object.fromEntries(entries),
    registered_name: null,
  }
}
