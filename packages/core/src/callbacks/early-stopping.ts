import type { HostArray } from '../backend.ts'
import { ConfigError, shown } from '../errors.ts'
import type { Model } from '../functional/model.ts'
import { expectOptions } from '../options.ts'
import { trackedMetrics } from '../training/plan.ts'
import type { Callback, Logs } from './callback.ts'

export interface EarlyStoppingOptions {
  /** The loss or metric to watch, by its key in the history. 'val_loss' by default. */
  readonly monitor?: string
  /** The least change that counts as an improvement, in absolute value. 0 by default. */
  readonly minDelta?: number
  /** How many epochs without improvement end the training, an integer. 0 and 1 are the same, as in Keras. 0 by default. */
  readonly patience?: number
  /** Whether greater or smaller is better. By default the metric says it; losses are better when smaller. */
  readonly mode?: 'auto' | 'min' | 'max'
  /** Epochs only count as an improvement if they are also better than this. */
  readonly baseline?: number | null
  /** Whether the weights of the best epoch are restored at the end. false by default. */
  readonly restoreBestWeights?: boolean
  /** The first epoch to look at, counted from 0. 0 by default. */
  readonly startFromEpoch?: number
}

const OPTIONS: readonly (keyof EarlyStoppingOptions)[] = [
  'monitor',
  'minDelta',
  'patience',
  'mode',
  'baseline',
  'restoreBestWeights',
  'startFromEpoch',
]

/** Ends training when a metric has stopped improving, by the rules of Keras. */
export class EarlyStopping implements Callback {
  readonly #options: Required<EarlyStoppingOptions>
  #sign: 1 | -1 = 1
  #best: number | undefined
  #wait = 0
  #bestWeights: HostArray[] | undefined

  constructor(options: EarlyStoppingOptions = {}) {
    expectOptions('earlyStopping', options, OPTIONS)
    const {
      monitor = 'val_loss',
      minDelta = 0,
      patience = 0,
      mode = 'auto',
      baseline = null,
      restoreBestWeights = false,
      startFromEpoch = 0,
    } = options
    if (!['auto', 'min', 'max'].includes(mode))
      throw new ConfigError(
        `earlyStopping: expected mode to be auto, min or max. Received: ${JSON.stringify(mode)}.`,
      )
    if (typeof monitor !== 'string')
      throw new ConfigError(
        `earlyStopping: expected monitor to be the name of a loss or metric. Received: ${shown(monitor)}.`,
      )
    for (const [name, value] of Object.entries({ patience, startFromEpoch })) {
      if (!Number.isInteger(value))
        throw new ConfigError(`earlyStopping: expected ${name} to be an integer. Received: ${value}.`)
    }
    this.#options = {
      monitor,
      minDelta: Math.abs(minDelta),
      patience,
      mode,
      baseline,
      restoreBestWeights,
      startFromEpoch,
    }
  }

  onTrainBegin(model: Model): void {
    this.#sign = this.#direction(model) === 'max' ? -1 : 1
    this.#best = undefined
    this.#wait = 0
    this.#bestWeights = undefined
  }

  #direction(model: Model): 'min' | 'max' {
    const { monitor, mode } = this.#options
    if (mode !== 'auto') return mode
    const key = monitor.replace(/^val_/, '')
    const tracked = trackedMetrics(model.compiled!.plan).find((metric) => metric.key === key)
    // A key that is not there at all is reported when its value is missing.
    if (tracked === undefined) return 'min'
    if (tracked.metric.direction !== undefined) return tracked.metric.direction
    throw new ConfigError(
      `earlyStopping: expected mode "min" or "max", since the metric "${monitor}" does not say which is better. Received: "auto".`,
    )
  }

  #isBetter(value: number, reference: number): boolean {
    return this.#sign * value + this.#options.minDelta < this.#sign * reference
  }

  onEpochEnd(epoch: number, logs: Logs, model: Model): void {
    const { monitor, patience, restoreBestWeights, baseline, startFromEpoch } = this.#options
    const value = logs[monitor]
    if (value === undefined) {
      throw new ConfigError(
        `earlyStopping: expected to monitor one of ${Object.keys(logs).join(', ')}. Received: "${monitor}".`,
      )
    }
    if (epoch < startFromEpoch) return
    if (restoreBestWeights) this.#bestWeights ??= model.getWeights()
    this.#wait++
    if (this.#best === undefined || this.#isBetter(value, this.#best)) {
      this.#best = value
      if (restoreBestWeights) this.#bestWeights = model.getWeights()
      if (baseline === null || this.#isBetter(value, baseline)) this.#wait = 0
    } else if (this.#wait >= patience && epoch > 0) model.stopTraining = true
  }

  onTrainEnd(_logs: Logs, model: Model): void {
    if (this.#bestWeights !== undefined) model.setWeights(this.#bestWeights)
  }
}

/**
 * Ends training when a loss or metric has not improved for `patience` epochs. The rules are those of Keras's `EarlyStopping`.
 *
 * @throws ConfigError for options out of range, and where `fit` does not report `monitor` or its direction is not known
 *
 * @example
 * await model.fit(x, y, { epochs: 100, validationSplit: 0.1, callbacks: [callbacks.earlyStopping({ patience: 3 })] })
 */
export const earlyStopping = (options?: EarlyStoppingOptions): EarlyStopping => new EarlyStopping(options)
