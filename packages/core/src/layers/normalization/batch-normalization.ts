import { Layer, type LayerOptions, type Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import { type InitializerLike, initializerConfig, initializerOf } from '../../initializers/index.ts'
import type { Initializer } from '../../initializers/initializer.ts'
import { normalizeAxis } from '../../program/builder.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { fixedSize } from '../expect.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface BatchNormalizationOptions
  extends LayerOptions,
    WeightOptions<'beta'>,
    WeightOptions<'gamma'> {
  /** The axis of the features. */
  readonly axis?: number
  /** How much of the moving statistics stays at each step. */
  readonly momentum?: number
  readonly epsilon?: number
  /** Whether β is added. */
  readonly center?: boolean
  /** Whether γ multiplies. */
  readonly scale?: boolean
  readonly movingMeanInitializer?: InitializerLike
  readonly movingVarianceInitializer?: InitializerLike
}

/** Keeps the number of steps that count away from 0, as in Keras. */
const EPSILON = 1e-7

export class BatchNormalization extends Layer {
  static override readonly className = 'BatchNormalization'
  override readonly computesWithFloats = true
  override readonly supportsMasking = true
  override readonly mixesSamples = true
  readonly axis: number
  readonly momentum: number
  readonly epsilon: number
  readonly #rules: Readonly<Record<'beta' | 'gamma', WeightRules>>
  readonly #moving: Readonly<Record<'mean' | 'variance', Initializer>>
  readonly center: boolean
  readonly scale: boolean
  gamma?: Variable
  beta?: Variable
  movingMean!: Variable
  movingVariance!: Variable

  constructor({
    axis = -1,
    momentum = 0.99,
    epsilon = 1e-3,
    center = true,
    scale = true,
    movingMeanInitializer = 'zeros',
    movingVarianceInitializer = 'ones',
    ...options
  }: BatchNormalizationOptions) {
    super(options)
    this.axis = axis
    this.momentum = momentum
    this.epsilon = epsilon
    this.center = center
    this.scale = scale
    this.#rules = {
      beta: weightRules('beta', options, 'zeros'),
      gamma: weightRules('gamma', options, 'ones'),
    }
    this.#moving = {
      mean: initializerOf(movingMeanInitializer),
      variance: initializerOf(movingVarianceInitializer),
    }
  }

  override build([x]: readonly TensorType[]): void {
    const shape = [fixedSize(x!, normalizeAxis(this.axis, x!.shape.length))]
    if (this.scale) this.gamma = this.addWeight('gamma', shape, this.#rules.gamma)
    if (this.center) this.beta = this.addWeight('beta', shape, this.#rules.beta)
    this.movingMean = this.addWeight('moving_mean', shape, this.#moving.mean, false)
    this.movingVariance = this.addWeight('moving_variance', shape, this.#moving.variance, false)
  }

  // y = γ (x − μ) / √(σ² + ε) + β, with the statistics of the batch in training, else with the moving ones
  override call([x]: readonly Value[], b: Scope, [mask]: readonly Mask[]): Value {
    const last = x!.shape.length - 1
    const axis = normalizeAxis(this.axis, x!.shape.length)
    if (axis !== last) {
      const swap = x!.shape.map((_, at) => (at === axis ? last : at === last ? axis : at))
      // The mask lies along the axes of the input as they were.
      const counts = mask && b.transpose(b.broadcast(withOnes(b, mask, x!), x!.shape), swap)
      return b.transpose(this.#normalize(b.transpose(x!, swap), counts, b), swap)
    }
    return this.#normalize(x!, mask && withOnes(b, mask, x!), b)
  }

  #normalize(x: Value, mask: Mask, b: Scope): Value {
    const movingMean = b.read(this.movingMean)
    const movingVariance = b.read(this.movingVariance)
    const gamma = this.gamma ? b.read(this.gamma) : b.onesLike(movingMean)
    const beta = this.beta ? b.read(this.beta) : b.zerosLike(movingMean)
    if (!b.training || !b.trains(this)) {
      return b.call('batchNormInference', [x, gamma, beta, movingMean, movingVariance], {
        epsilon: this.epsilon,
      })
    }
    const mean = this.#mean(x, mask, b)
    const centered = b.sub(x, mean)
    const variance = this.#mean(b.square(centered), mask, b)
    b.assign(this.movingMean, this.#move(movingMean, mean, b))
    b.assign(this.movingVariance, this.#move(movingVariance, variance, b))
    return b.add(b.mul(centered, b.div(gamma, b.sqrt(b.add(variance, this.epsilon)))), beta)
  }

  /** The mean of each feature, over the elements that count. */
  #mean(x: Value, mask: Mask, b: Scope): Value {
    const axes = x.shape.map((_, axis) => axis).slice(0, -1)
    if (mask === undefined) return b.mean(x, axes)
    const counts = b.cast(mask, 'float32')
    const total = b.reduceSum(b.broadcast(counts, [...x.shape.slice(0, -1), mask.shape.at(-1)!]), axes)
    return b.div(b.reduceSum(b.mul(x, counts), axes), b.add(total, EPSILON))
  }

  #move(moving: Value, current: Value, b: Scope): Value {
    return b.add(b.mul(moving, this.momentum), b.mul(b.stopGradient(current), 1 - this.momentum))
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      axis: this.axis,
      momentum: this.momentum,
      epsilon: this.epsilon,
      center: this.center,
      scale: this.scale,
      ...weightConfig('beta', this.#rules.beta),
      ...weightConfig('gamma', this.#rules.gamma),
      movingMeanInitializer: initializerConfig(this.#moving.mean),
      movingVarianceInitializer: initializerConfig(this.#moving.variance),
    }
  }
}

/** A mask as it broadcasts to x, of whose first axes it speaks. */
const withOnes = (b: Scope, mask: Value, x: Value): Value =>
  b.reshape(mask, [...mask.shape, ...x.shape.slice(mask.shape.length).map(() => 1)])

/**
 * Features with mean β and deviation γ: y = γ (x − μ) / √(σ² + ε) + β along one axis. In training μ and σ² are those
 * of the batch, and the moving statistics follow them; else they are the moving ones. A layer that is not trainable
 * always uses the moving ones. (Ioffe and Szegedy, 2015.)
 *
 * @throws ShapeError for an input whose features are open
 * @example
 * const normal = layers.batchNormalization()(layers.conv2d({ filters: 8, kernelSize: 3 })(image))
 */
export const batchNormalization = (options: BatchNormalizationOptions = {}): BatchNormalization =>
  new BatchNormalization(options)
