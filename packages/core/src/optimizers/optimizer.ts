import { ConfigError } from '../errors.ts'
import { expectNumbers } from '../options.ts'
import type { Builder } from '../program/builder.ts'
import type { Value } from '../program/types.ts'

export interface OptimizerOptions {
  readonly learningRate?: number
  /** The share of each weight that a step takes away, times the learning rate. */
  readonly weightDecay?: number | null
  /** The greatest norm that the gradient of one weight may have. */
  readonly clipnorm?: number | null
  /** The greatest size that an element of a gradient may have. */
  readonly clipvalue?: number | null
  /** The greatest norm that all gradients may have together. */
  readonly globalClipnorm?: number | null
}

/** What one step knows about one weight. */
export interface Update {
  readonly variable: Value
  readonly gradient: Value
  /** What the optimizer keeps for this weight, by the names in `slots`. */
  readonly slots: Readonly<Record<string, Value>>
  /** A scalar. */
  readonly learningRate: Value
  /** The number of this step, from 1, as a float32 scalar. */
  readonly step: Value
}

export interface Updated {
  readonly variable: Value
  readonly slots: Readonly<Record<string, Value>>
}

/** How weights follow their gradients. */
export abstract class Optimizer {
  abstract readonly className: string
  /** What it keeps for each weight from step to step, of the shape of the weight, starting at 0. */
  abstract readonly slots: readonly string[]
  /** How Keras lines them up in a file: group after group, and within a group weight by weight. */
  get slotGroups(): readonly (readonly string[])[] {
    return this.slots.map((slot) => [slot])
  }
  #learningRate: number
  readonly weightDecay: number | null
  readonly clipnorm: number | null
  readonly clipvalue: number | null
  readonly globalClipnorm: number | null

  constructor(learningRate: number, { weightDecay, clipnorm, clipvalue, globalClipnorm }: OptimizerOptions) {
    this.#learningRate = learningRate
    this.weightDecay = weightDecay ?? null
    this.clipnorm = clipnorm ?? null
    this.clipvalue = clipvalue ?? null
    this.globalClipnorm = globalClipnorm ?? null
    const label = new.target.name
    expectNumbers(label, { learningRate })
    const clips = { clipnorm, clipvalue, globalClipnorm }
    const set = Object.entries(clips).filter(([, value]) => value !== undefined && value !== null)
    if (set.length > 1) {
      throw new ConfigError(
        `${label}: expected at most one of clipnorm, clipvalue, globalClipnorm. Received: ${set.map(([key]) => key).join(', ')}.`,
      )
    }
    for (const [key, value] of set) {
      if (!((value as number) > 0))
        throw new ConfigError(`${label}: expected ${key} > 0. Received: ${value}.`)
    }
  }

  /** May be set at any time; the next step uses it. @throws ConfigError for anything but a finite number ≥ 0 */
  get learningRate(): number {
    return this.#learningRate
  }

  set learningRate(value: number) {
    if (typeof value !== 'number')
      throw new ConfigError(
        `${this.className}: expected learningRate to be a number. Received: ${JSON.stringify(value)}.`,
      )
    expectNumbers(this.className, { learningRate: value })
    this.#learningRate = value
  }

  /** Writes the update of one weight. */
  abstract update(b: Builder, update: Update): Updated

  /** Its own options, in camelCase. */
  protected abstract get ownConfig(): Readonly<Record<string, unknown>>

  /** All options, in camelCase. */
  get config(): Readonly<Record<string, unknown>> {
    const { learningRate, weightDecay, clipnorm, clipvalue, globalClipnorm } = this
    return { learningRate, weightDecay, clipnorm, globalClipnorm, clipvalue, ...this.ownConfig }
  }

  /** The gradients, clipped as the options ask. */
  clip(b: Builder, gradients: readonly Value[]): readonly Value[] {
    const { clipnorm, clipvalue, globalClipnorm } = this
    if (clipvalue !== null) return gradients.map((g) => b.clip(g, -clipvalue, clipvalue))
    if (clipnorm !== null) {
      // g · clip / max(‖g‖, clip)
      return gradients.map((g) =>
        b.div(b.mul(g, clipnorm), b.max(b.sqrt(b.reduceSum(b.square(g))), clipnorm)),
      )
    }
    if (globalClipnorm !== null) {
      const norm = b.sqrt(gradients.map((g) => b.reduceSum(b.square(g))).reduce((x, y) => b.add(x, y)))
      const factor = b.div(b.scalar(globalClipnorm), b.max(norm, globalClipnorm))
      return gradients.map((g) => b.mul(g, factor))
    }
    return gradients
  }

  /** The weight after its decay, before its update. */
  decay(b: Builder, variable: Value, learningRate: Value): Value {
    if (this.weightDecay === null) return variable
    return b.sub(variable, b.mul(variable, b.mul(learningRate, this.weightDecay)))
  }
}
