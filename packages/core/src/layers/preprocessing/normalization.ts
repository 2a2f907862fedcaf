import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable } from '../../functional/variable.ts'
import { ones, zeros } from '../../initializers/initializer.ts'
import { normalizeAxis } from '../../program/builder.ts'
import { sizeOf } from '../../program/dims.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { fixedSize } from '../expect.ts'

type Statistic = number | readonly number[] | null

export interface NormalizationOptions extends LayerOptions {
  /** The axes that have statistics of their own; null for one of all elements. */
  readonly axis?: number | readonly number[] | null
  /** Without it and `variance` they are weights, which `setWeights` or a file gives. */
  readonly mean?: Statistic
  readonly variance?: Statistic
  /** Whether it is undone instead. */
  readonly invert?: boolean
}

/** Keeps deviations away from 0, as in Keras. */
const EPSILON = 1e-7

export class Normalization extends Layer {
  static override readonly className = 'Normalization'
  override readonly computesWithFloats = true
  override readonly supportsMasking = true
  readonly axis: readonly number[]
  readonly mean: Statistic
  readonly variance: Statistic
  readonly invert: boolean
  #weights?: { readonly mean: Variable; readonly variance: Variable }

  constructor({ axis = -1, mean = null, variance = null, invert = false, ...options }: NormalizationOptions) {
    super(options)
    const axes = axis === null ? [] : [axis].flat()
    if (!axes.every(Number.isInteger))
      throw new ConfigError(
        `${this.label}: expected axis to be a whole number, several or null. Received: ${JSON.stringify(axis)}.`,
      )
    if ((mean === null) !== (variance === null))
      throw new ConfigError(`${this.label}: expected mean and variance, or neither. Received one of them.`)
    this.axis = axes
    this.mean = mean
    this.variance = variance
    this.invert = invert
  }

  /** The axes with statistics of their own, ascending. */
  #axesOf(x: TensorType): readonly number[] {
    return this.axis.map((axis) => normalizeAxis(axis, x.shape.length)).sort((a, b) => a - b)
  }

  override build([x]: readonly TensorType[]): void {
    if (this.mean !== null) return
    const shape = this.#axesOf(x!).map((axis) => fixedSize(x!, axis))
    this.#weights = {
      mean: this.addWeight('mean', shape, zeros(), false),
      variance: this.addWeight('variance', shape, ones(), false),
    }
    // How many samples the statistics come from. Keras keeps it with them.
    this.addWeight('count', [], zeros(), false)
  }

  // y = (x − μ) / σ, or the other way y = μ + x σ
  override call([x]: readonly Value[], b: Scope): Value {
    const [mean, variance] = (['mean', 'variance'] as const).map((name) => this.#statistic(name, x!, b))
    const deviation = b.max(b.sqrt(variance!), EPSILON)
    const value = b.cast(x!, 'float32')
    return this.invert ? b.add(mean!, b.mul(value, deviation)) : b.div(b.sub(value, mean!), deviation)
  }

  /** In the form in which it broadcasts to the input. */
  #statistic(name: 'mean' | 'variance', x: TensorType, b: Scope): Value {
    const axes = this.#axesOf(x)
    const shape = x.shape.map((_, axis) => (axes.includes(axis) ? fixedSize(x, axis) : 1))
    const weights = this.#weights
    if (weights !== undefined) return b.reshape(b.read(weights[name]), shape)
    const numbers = [this[name]].flat(Number.POSITIVE_INFINITY) as number[]
    return numbers.length === 1
      ? b.scalar(numbers[0]!)
      : b.reshape(
          b.constant(numbers, [numbers.length]),
          sizeOf(shape) === numbers.length ? shape : [numbers.length],
        )
  }

  override config(): Readonly<Record<string, unknown>> {
    const { axis, invert, mean, variance } = this
    return { axis, invert, mean, variance }
  }
}

/**
 * Features of mean 0 and deviation 1: y = (x − mean) / √variance, as float32. What the statistics are is said, or comes with
 * the weights.
 *
 * @throws ConfigError for a mean without a variance
 * @throws ShapeError for an axis that the input does not have, or of open size
 * @example
 * const standard = layers.normalization({ mean: [3, 5], variance: [4, 1] })(input({ shape: [2] }))
 */
export const normalization = (options: NormalizationOptions = {}): Normalization => new Normalization(options)
