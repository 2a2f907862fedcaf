import { ConfigError } from '../errors.ts'
import { camelCase, lookUp, snakeCase } from './naming.ts'

/** A thing that is made from options: an initializer, a regularizer, a constraint. */
export interface Described {
  readonly className: string
  /** Its options, in camelCase. */
  readonly config: Readonly<Record<string, unknown>>
}

/** What Keras writes for such a thing. */
export interface DescribedConfig {
  readonly module?: string
  readonly class_name: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly registered_name?: string | null
}

/** How a kind of things is made, by name. */
export type Makers<T extends Described> = Readonly<Record<string, (options?: never) => T>>

/**
 * The thing itself, or the one that a name or a config stands for.
 *
 * @throws ConfigError for a name that is not known
 */
export function described<T extends Described>(
  kind: string,
  like: T | string | DescribedConfig,
  makers: Makers<T>,
): T {
  if (typeof like === 'object' && like !== null && 'className' in like) return like
  const [name, config] = typeof like === 'string' ? [like, {}] : [like?.class_name, like?.config ?? {}]
  if (typeof name !== 'string')
    throw new ConfigError(`Expected a ${kind} or its name. Received: ${JSON.stringify(like)}.`)
  const options = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      camelCase(key),
      typeof value === 'string' ? camelCase(value) : value,
    ]),
  )
  return lookUp<(options?: never) => T>(kind, name, makers)(options as never)
}

/** A thing as Keras writes it; `module` is where Keras keeps its kind. */
export function describedConfig(module: string, { className, config }: Described): DescribedConfig {
  const entries = Object.entries(config).map(([key, value]) => [
    snakeCase(key),
    typeof value === 'string' ? snakeCase(value) : value,
  ])
  return { module, class_name: className, config: Object.fromEntries(entries), registered_name: null }
}
