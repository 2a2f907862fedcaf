import { ConfigError, shown } from '../errors.ts'
import { expectRecord } from '../options.ts'
import type { Layer, LayerOptions } from './layer.ts'
import { Model } from './model.ts'
import { SymbolicTensor } from './symbolic-tensor.ts'

/** A model that is one line of layers. */
export class Sequential extends Model<SymbolicTensor, SymbolicTensor> {
  static override readonly className = 'Sequential'
}

/**
 * A model that is one line of layers, from an input on.
 *
 * @throws ConfigError where the list does not begin with an input, or holds no layer
 * @example
 * const classifier = sequential([
 *   input({ shape: [784] }),
 *   layers.dense({ units: 64, activation: 'relu' }),
 *   layers.dense({ units: 10, activation: 'softmax' }),
 * ])
 */
export function sequential(
  line: readonly [SymbolicTensor, ...(readonly Layer[])],
  options: LayerOptions = {},
): Sequential {
  if (!Array.isArray(line))
    throw new ConfigError(`sequential: expected a list of an input and of layers. Received: ${shown(line)}.`)
  expectRecord('sequential', options)
  const [first, ...layers] = line
  if (!(first instanceof SymbolicTensor)) {
    throw new ConfigError(
      'sequential: expected input({ shape }) at the head of the list, and layers after it.',
    )
  }
  if (layers.length === 0) throw new ConfigError('sequential: expected at least one layer after the input.')
  const made = new Sequential({ inputs: first, outputs: first.pipe(...layers), ...options })
  made.expectKnownOptions({})
  return made
}
