import { ConfigError } from '../errors.ts'
import { lookUp } from '../saving/naming.ts'
import { adam } from './adam.ts'
import { Optimizer } from './optimizer.ts'
import { rmsprop } from './rmsprop.ts'
import { sgd } from './sgd.ts'

export { Optimizer, type OptimizerOptions, type Update, type Updated } from './optimizer.ts'

/** Makes optimizers: `optimizers.adam({ learningRate: 1e-3 })`. */
export const optimizers = { adam, rmsprop, sgd }

export type OptimizerName = keyof typeof optimizers

/** An optimizer, or its name for one with the usual options. */
export type OptimizerLike = Optimizer | OptimizerName

/** @throws ConfigError for a name that no optimizer has */
export function optimizerOf(like: OptimizerLike): Optimizer {
  if (like instanceof Optimizer) return like
  if (typeof like !== 'string') {
    throw new ConfigError(`Expected an optimizer or its name. Received: ${JSON.stringify(like)}.`)
  }
  return lookUp<() => Optimizer>('optimizer', like, optimizers)()
}
