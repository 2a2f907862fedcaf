import { ConfigError } from '../errors.ts'
import type { Builder } from '../program/builder.ts'
import { Optimizer, type OptimizerOptions, type Update, type Updated } from './optimizer.ts'

export interface SgdOptions extends OptimizerOptions {
  /** In [0, 1): how much of the last move stays. */
  readonly momentum?: number
  readonly nesterov?: boolean
}

export class Sgd extends Optimizer {
  override readonly className = 'SGD'
  override readonly slots: readonly string[]
  readonly momentum: number
  readonly nesterov: boolean

  constructor({ learningRate = 0.01, momentum = 0, nesterov = false, ...options }: SgdOptions = {}) {
    super(learningRate, options)
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new ConfigError(`Sgd: expected a momentum in [0, 1]. Received: ${JSON.stringify(momentum)}.`)
    }
    this.momentum = momentum
    this.nesterov = nesterov
    this.slots = momentum === 0 ? [] : ['momentum']
  }

  // m ← μm − ηg;  w ← w + m, or with Nesterov w ← w + μm − ηg
  override update(b: Builder, { variable, gradient, slots, learningRate }: Update): Updated {
    const move = b.mul(gradient, learningRate)
    if (this.momentum === 0) return { variable: b.sub(variable, move), slots: {} }
    const momentum = b.sub(b.mul(slots.momentum!, this.momentum), move)
    const step = this.nesterov ? b.sub(b.mul(momentum, this.momentum), move) : momentum
    return { variable: b.add(variable, step), slots: { momentum } }
  }

  protected override get ownConfig(): Readonly<Record<string, unknown>> {
    return { momentum: this.momentum, nesterov: this.nesterov }
  }
}

/**
 * Gradient descent, with momentum if asked (Polyak, 1964; Nesterov, 1983).
 *
 * @throws ConfigError for a momentum outside of [0, 1]
 * @example
 * model.compile({ backend, optimizer: optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }), loss: 'mse' })
 */
export const sgd = (options?: SgdOptions): Sgd => new Sgd(options)
