import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Value } from '../../program/types.ts'
import { l1l2 } from '../../regularizers/regularizer.ts'

export interface ActivityRegularizationOptions extends LayerOptions {
  /** What the absolute values cost. */
  readonly l1?: number
  /** What the squares cost. */
  readonly l2?: number
}

export class ActivityRegularization extends Layer {
  static override readonly className = 'ActivityRegularization'
  override readonly supportsMasking = true
  readonly l1: number
  readonly l2: number

  constructor({ l1 = 0, l2 = 0, ...options }: ActivityRegularizationOptions) {
    super({ ...options, activityRegularizer: l1l2({ l1, l2 }) })
    this.l1 = l1
    this.l2 = l2
  }

  override call([x]: readonly Value[]): Value {
    return x!
  }

  override config(): Readonly<Record<string, unknown>> {
    // Its regularizer follows from these: Keras refuses both.
    return { l1: this.l1, l2: this.l2, activityRegularizer: undefined }
  }
}

/**
 * Gives what it takes, and adds what that costs to the loss: l1 · Σ |x| + l2 · Σ x², as a mean over the samples.
 *
 * @throws ConfigError for factors that are no finite numbers from 0 on
 * @example
 * const sparse = hidden.pipe(layers.activityRegularization({ l1: 1e-3 }))
 */
export const activityRegularization = (options: ActivityRegularizationOptions = {}): ActivityRegularization =>
  new ActivityRegularization(options)
