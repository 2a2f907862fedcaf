import type { Builder } from '../program/builder.ts'
import { Optimizer, type OptimizerOptions, type Update, type Updated } from './optimizer.ts'

export interface RmspropOptions extends OptimizerOptions {
  /** How much of the mean of the squares stays at each step. */
  readonly rho?: number
  readonly momentum?: number
  readonly epsilon?: number
  /** Whether the mean of the gradients is taken off, so that their variance scales the step. */
  readonly centered?: boolean
}

export class Rmsprop extends Optimizer {
  override readonly className = 'RMSprop'
  override readonly slots: readonly string[]
  readonly rho: number
  readonly momentum: number
  readonly epsilon: number
  readonly centered: boolean

  constructor({
    learningRate = 0.001,
    rho = 0.9,
    momentum = 0,
    epsilon = 1e-7,
    centered = false,
    ...options
  }: RmspropOptions = {}) {
    super(learningRate, options)
    this.rho = rho
    this.momentum = momentum
    this.epsilon = epsilon
    this.centered = centered
    this.slots = [
      'velocity',
      ...(momentum > 0 ? ['momentum'] : []),
      ...(centered ? ['average_gradient'] : []),
    ]
  }

  // v ← ρv + (1 − ρ)g²;  w ← w − ηg / √(v + ε), where v is less ḡ² if centered
  override update(b: Builder, { variable, gradient, slots, learningRate }: Update): Updated {
    const { rho, momentum, epsilon, centered } = this
    const velocity = b.add(b.mul(slots.velocity!, rho), b.mul(b.square(gradient), 1 - rho))
    const next: Record<string, typeof variable> = { velocity }
    let spread = velocity
    if (centered) {
      const average = b.add(b.mul(slots.average_gradient!, rho), b.mul(gradient, 1 - rho))
      next.average_gradient = average
      spread = b.sub(velocity, b.square(average))
    }
    let step = b.div(b.mul(gradient, learningRate), b.sqrt(b.add(spread, epsilon)))
    if (momentum > 0) {
      step = b.add(b.mul(slots.momentum!, momentum), step)
      next.momentum = step
    }
    return { variable: b.sub(variable, step), slots: next }
  }

  protected override get ownConfig(): Readonly<Record<string, unknown>> {
    const { rho, momentum, epsilon, centered } = this
    return { rho, momentum, epsilon, centered }
  }
}

/**
 * Each step is divided by the root of a moving mean of the squared gradients (Tieleman and Hinton, 2012).
 *
 * @example
 * model.compile({ backend, optimizer: optimizers.rmsprop({ learningRate: 1e-3 }), loss: 'mse' })
 */
export const rmsprop = (options?: RmspropOptions): Rmsprop => new Rmsprop(options)
