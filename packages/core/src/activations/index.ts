import { ConfigError } from '../errors.ts'
import { lookUp, snakeCase } from '../saving/naming.ts'
import { type Activation, type ActivationName, activations } from './activation.ts'
import { isLegacyHardSigmoid, legacyHardSigmoidConfig } from './legacy-hard-sigmoid.ts'

export { type Activation, type ActivationName, activations }

/** A function over the builder, a name, or nothing for the identity. */
export type ActivationLike = Activation | ActivationName | null

/** @throws ConfigError for a name that no activation has */
export function activationOf(like: ActivationLike | undefined): Activation {
  if (like === undefined || like === null) return activations.linear
  if (typeof like === 'function') return like
  if (isLegacyHardSigmoid(like)) return activations.legacyHardSigmoid
  if (typeof like !== 'string')
    throw new ConfigError(`Expected an activation or its name. Received: ${JSON.stringify(like)}.`)
  return lookUp<Activation>('activation', like, activations)
}

/** Its name here; undefined for a function of one's own. */
export const activationKey = (activation: Activation): ActivationName | undefined =>
  (Object.keys(activations) as ActivationName[]).find((name) => activations[name] === activation)

/** What Keras writes for the activation, its name or a config; @throws ConfigError for one that has none. */
export function activationName(activation: Activation): string | typeof legacyHardSigmoidConfig {
  const name = activationKey(activation)
  if (name === undefined)
    throw new ConfigError('An activation that is a function of your own can not be written to a config.')
  return name === 'legacyHardSigmoid' ? legacyHardSigmoidConfig : snakeCase(name)
}
