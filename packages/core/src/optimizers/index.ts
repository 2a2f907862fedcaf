import { ConfigError, shown } from '../errors.ts'
import { withCheckedOptions } from '../options.ts'
import { lookUp } from '../saving/naming.ts'
import { adam } from './adam.ts'
import { Optimizer } from './optimizer.ts'
import { rmsprop } from './rmsprop.ts'
import { sgd } from './sgd.ts'

export { Optimizer, type OptimizerOptions, type Update, type Updated } from './optimizer.ts'

const factories = { adam, rmsprop, sgd }

/**
 * Makes optimizers: `optimizers.adam({ learningRate: 1e-3 })`.
 *
 * @throws ConfigError for an option that an optimizer does not have, of another type, or out of range
 */
export const optimizers = withCheckedOptions<Optimizer, typeof factories>(
  'optimizers',
  factories,
  ({ config }) => config,
)

export type OptimizerName = keyof typeof optimizers

/** An optimizer, or its name for one with the usual options. */
export type OptimizerLike = Optimizer | OptimizerName

/** @throws ConfigError for a name that no optimizer has */
export function optimizerOf(like: OptimizerLike): Optimizer {
  if (like instanceof Optimizer) return like
  if (typeof like !== 'string') {
    throw new ConfigError(`Expected an optimizer or its name. Received: ${shown(like)}.`)
  }
  return lookUp<() => Optimizer>('optimizer', like, optimizers)()
}
