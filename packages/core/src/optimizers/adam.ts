import type { Builder } from '../program/builder.ts'
import type { Value } from '../program/types.ts'
import { Optimizer, type OptimizerOptions, type Update, type Updated } from './optimizer.ts'

export interface AdamOptions extends OptimizerOptions {
  /** How much of the mean of the gradients stays at each step. */
  readonly beta1?: number
  /** How much of the mean of their squares stays at each step. */
  readonly beta2?: number
  readonly epsilon?: number
  /** Whether the greatest mean of the squares so far scales the step (Reddi et al., 2018). */
  readonly amsgrad?: boolean
}

export class Adam extends Optimizer {
  override readonly className = 'Adam'
  override readonly slots: readonly string[]
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly amsgrad: boolean

  constructor({
    learningRate = 0.001,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-7,
    amsgrad = false,
    ...options
  }: AdamOptions = {}) {
    super(learningRate, options)
    this.beta1 = beta1
    this.beta2 = beta2
    this.epsilon = epsilon
    this.amsgrad = amsgrad
    this.slots = ['momentum', 'velocity', ...(amsgrad ? ['velocity_hat'] : [])]
  }

  override get slotGroups(): readonly (readonly string[])[] {
    const [momentum, velocity, ...further] = this.slots as [string, string, ...string[]]
    return [[momentum, velocity], ...further.map((slot) => [slot])]
  }

  // m ← m + (1 − β₁)(g − m);  v ← v + (1 − β₂)(g² − v)
  // w ← w − α m / (√v + ε),  α = η √(1 − β₂ᵗ) / (1 − β₁ᵗ)
  override update(b: Builder, { variable, gradient, slots, learningRate, step }: Update): Updated {
    const { beta1, beta2, epsilon } = this
    const follow = (mean: Value, x: Value, beta: number): Value =>
      b.add(mean, b.mul(b.sub(x, mean), 1 - beta))
    const correction = (beta: number): Value => b.sub(1, b.pow(b.scalar(beta), step))
    const alpha = b.div(b.mul(learningRate, b.sqrt(correction(beta2))), correction(beta1))
    const momentum = follow(slots.momentum!, gradient, beta1)
    const velocity = follow(slots.velocity!, b.square(gradient), beta2)
    const next: Record<string, Value> = { momentum, velocity }
    if (this.amsgrad) next.velocity_hat = b.max(slots.velocity_hat!, velocity)
    const spread = next.velocity_hat ?? velocity
    const move = b.div(b.mul(momentum, alpha), b.add(b.sqrt(spread), epsilon))
    return { variable: b.sub(variable, move), slots: next }
  }

  protected override get ownConfig(): Readonly<Record<string, unknown>> {
    const { beta1, beta2, epsilon, amsgrad } = this
    return { beta1, beta2, epsilon, amsgrad }
  }
}

/**
 * Steps by moving means of the gradients and of their squares, corrected for their start at 0 (Kingma and Ba, 2014).
 *
 * @example
 * model.compile({ backend, optimizer: optimizers.adam({ learningRate: 1e-3 }), loss: 'mse' })
 */
export const adam = (options?: AdamOptions): Adam => new Adam(options)
