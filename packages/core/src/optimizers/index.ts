import { ConfigError, shown } from '../errors.ts'
import { expectNumbers, expectOptions } from '../options.ts'
import { lookUp } from '../saving/naming.ts'
import { adam } from './adam.ts'
import { Optimizer } from './optimizer.ts'
import { rmsprop } from './rmsprop.ts'
import { sgd } from './sgd.ts'

export { Optimizer, type OptimizerOptions, type Update, type Updated } from './optimizer.ts'

/** Makes optimizers: `optimizers.adam({ learningRate: 1e-3 })`. */
export const optimizers = withKnownOptions({ adam, rmsprop, sgd })

/** @throws ConfigError for an option that an optimizer does not know, or a number out of range */
function withKnownOptions<T extends Readonly<Record<string, (options?: never) => Optimizer>>>(
  factories: T,
): T {
  const checked = Object.entries(factories).map(([name, factory]) => [
    name,
    (options?: never) => {
      const { config } = factory()
      expectOptions(name, options, Object.keys(config))
      const made = factory(options)
      expectNumbers(name, made.config)
      return made
    },
  ])
  return Object.fromEntries(checked) as T
}

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
