import { ConfigError, ShapeError } from '../../errors.ts'
import type { InputRange } from '../../functional/input-ranges.ts'
import { Layer, type LayerOptions, type Mask, type Written } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import { formatShape, productOf } from '../../program/dims.ts'
import type { Dim, Value } from '../../program/types.ts'
import { expectMinRank } from '../expect.ts'

export interface TimeDistributedOptions extends LayerOptions {
  /** A layer or a model. */
  readonly layer: Layer<unknown>
}

/** A layer at every step, with the same weights: the steps are examples to it. */
export class TimeDistributed extends Layer {
  static override readonly className = 'TimeDistributed'
  static readonly layerOptions = ['layer']
  override readonly supportsMasking = true
  readonly layer: Layer<unknown>

  constructor({ layer, ...options }: TimeDistributedOptions) {
    super(options)
    if (!(layer instanceof Layer))
      throw new ConfigError(`${this.label}: expected a layer or a model to wrap.`)
    this.layer = layer
    if (!this.trainable) this.trainable = false
  }

  override get sublayers(): readonly Layer<unknown>[] {
    return [this.layer]
  }

  override inputRanges(at: number): readonly InputRange[] {
    return this.layer.inputRanges(at)
  }

  override call(inputs: readonly Value[], b: Scope, masks: readonly Mask[]): readonly Value[] {
    return this.run(inputs, b, masks).outputs
  }

  protected override run([x]: readonly Value[], b: Scope, [mask]: readonly Mask[]): Written {
    expectMinRank(x!, 3)
    const [batch, time] = x!.shape as readonly [Dim, Dim]
    const joined = (value: Value): Value =>
      b.reshape(value, [productOf([batch, time]), ...value.shape.slice(2)])
    const apart = (value: Value): Value => b.reshape(value, [batch, time, ...value.shape.slice(1)])
    // What of a mask lies within a step is for the layer inside; the mask of the steps themselves is handed on.
    const within = mask !== undefined && mask.shape.length > 2 ? joined(mask) : undefined
    if (b.training && isOrderOfStepsSeen(this.layer)) return this.#stepByStep(x!, mask, b)
    // Keras calls the layer at each step, and adds the penalties of these calls up. Each is a mean over the samples.
    const { outputs, masks } = hasPenalties(this.layer)
      ? b.withLossFactor(b.count(x!, [1]), () => this.#call(joined(x!), within, b))
      : this.#call(joined(x!), within, b)
    return {
      outputs: outputs.map(apart),
      masks: masks.map((inner) => mask && (inner ? apart(inner) : stepsOf(mask, b))),
    }
  }

  /** As in Keras the layer is called without its activity regularizer. */
  #call(x: Value, mask: Mask, b: Scope): Written {
    return b.at(this.layer.name, () => this.layer.write([x], b, [mask], [mask], false))
  }

  /** One call after the other: batch statistics and what layers keep move at each step. */
  #stepByStep(x: Value, mask: Mask, b: Scope): Written {
    const time = x.shape[1]
    if (typeof time !== 'number')
      throw new ShapeError(
        `expected a fixed number of steps in training, since ${this.layer.label} keeps statistics of each. Received: ${formatShape(x.shape)}.`,
      )
    const stepAt = (value: Value, step: number): Value =>
      b.reshape(b.sliceAxis(value, 1, step, step + 1), [value.shape[0]!, ...value.shape.slice(2)])
    const steps = Array.from({ length: time }, (_, step) =>
      this.#call(stepAt(x, step), mask && stepAt(mask, step), b),
    )
    const stacked = (values: readonly Value[]): Value =>
      b.concat(
        values.map((value) => b.reshape(value, [value.shape[0]!, 1, ...value.shape.slice(1)])),
        1,
      )
    const outputs = steps[0]!.outputs.map((_, i) => stacked(steps.map((written) => written.outputs[i]!)))
    return { outputs, masks: outputs.map(() => mask && stepsOf(mask, b)) }
  }

  override config(): Readonly<Record<string, unknown>> {
    return { layer: this.layer }
  }
}

/** Whether something inside a layer mixes the samples of a batch, keeps states, or penalizes outputs. */
const isOrderOfStepsSeen = (layer: Layer<unknown>): boolean =>
  layer.mixesSamples ||
  layer.ownStates.length > 0 ||
  hasPenalties(layer) ||
  layer.sublayers.some(isOrderOfStepsSeen)

/** Whether a layer inside of this one penalizes its outputs. */
const hasPenalties = (layer: Layer<unknown>): boolean =>
  layer.sublayers.some((inner) => inner.activityRegularizer !== undefined || hasPenalties(inner))

/** The steps of which any part counts: [batch, time, …] → [batch, time]. */
function stepsOf(mask: Value, b: Scope): Value {
  const inner = mask.shape.map((_, axis) => axis).slice(2)
  return inner.length === 0 ? mask : b.less(0, b.reduceMax(b.cast(mask, 'float32'), inner))
}

/**
 * A layer or a model at every step of a sequence: [batch, time, …] → [batch, time, …].
 *
 * @throws ShapeError for an input of rank < 3, or of which the layer can not take one step
 * @example
 * const frames = input({ shape: [20, 784] })
 * const digits = layers.timeDistributed(classifier)(frames) // [null, 20, 10]
 */
export function timeDistributed(
  layer: Layer<unknown> | TimeDistributedOptions,
  options: LayerOptions = {},
): TimeDistributed {
  return new TimeDistributed(layer instanceof Layer ? { layer, ...options } : layer)
}
