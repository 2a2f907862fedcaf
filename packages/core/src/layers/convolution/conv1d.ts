import type { CausalPadding } from '../padding.ts'
import { Conv, type ConvOptions } from './conv.ts'

export class Conv1D extends Conv {
  static override readonly className = 'Conv1D'

  constructor(options: ConvOptions<CausalPadding>) {
    super(1, options)
  }
}

/**
 * A window of weights slides over a sequence: y = activation(x ∗ kernel + bias).
 *
 * Takes [batch, steps, channels], gives [batch, steps′, filters]. With padding 'causal' step t depends on the steps
 * up to t alone. (van den Oord et al., "WaveNet", 2016.)
 *
 * @throws ConfigError for options that make no window
 * @throws ShapeError for an input of another rank, or in which the window does not fit
 * @example
 * const past = layers.conv1d({ filters: 16, kernelSize: 3, padding: 'causal' })(input({ shape: [24, 4] }))
 */
export const conv1d = (options: ConvOptions<CausalPadding>): Conv1D => new Conv1D(options)
