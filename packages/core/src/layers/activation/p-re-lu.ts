import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { fixedSize } from '../expect.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface PreluOptions extends LayerOptions, WeightOptions<'alpha'> {
  /** The axes, from 1 on, along which the slopes are the same. */
  readonly sharedAxes?: readonly number[] | null
}

export class PReLU extends Layer {
  static override readonly className = 'PReLU'
  override readonly supportsMasking = true
  readonly sharedAxes: readonly number[] | null
  readonly #rules: WeightRules
  alpha!: Variable

  constructor({ sharedAxes = null, ...options }: PreluOptions) {
    super(options)
    if (
      sharedAxes !== null &&
      !(Array.isArray(sharedAxes) && sharedAxes.every((axis) => Number.isInteger(axis) && axis >= 1))
    )
      throw new ConfigError(
        `${this.label}: expected sharedAxes to be axes from 1 on. Received: ${JSON.stringify(sharedAxes)}.`,
      )
    this.sharedAxes = sharedAxes
    this.#rules = weightRules('alpha', options, 'zeros')
  }

  override build([x]: readonly TensorType[]): void {
    const shape = x!.shape
      .slice(1)
      .map((_, at) => (this.sharedAxes?.includes(at + 1) ? 1 : fixedSize(x!, at + 1)))
    this.alpha = this.addWeight('alpha', shape, this.#rules)
  }

  // max(x, 0) − α max(−x, 0)
  override call([x]: readonly Value[], b: Scope): Value {
    return b.sub(b.relu(x!), b.mul(b.read(this.alpha), b.relu(b.neg(x!))))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { ...weightConfig('alpha', this.#rules), sharedAxes: this.sharedAxes }
  }
}

/**
 * x where x > 0, else αx with slopes that are learnt. (He, Zhang, Ren and Sun, 2015.)
 *
 * @throws ConfigError for axes that are none
 * @throws ShapeError for an input of open size along an axis that is not shared
 * @example
 * const features = layers.prelu({ sharedAxes: [1, 2] })(input({ shape: [28, 28, 8] }))
 */
export const prelu = (options: PreluOptions = {}): PReLU => new PReLU(options)
