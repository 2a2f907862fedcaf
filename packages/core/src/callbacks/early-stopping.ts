import type { HostArray } from '../backend.ts'
import { ConfigError } from '../errors.ts'
import type { Model } from '../functional/model.ts'
import type { Callback, Logs } from './callback.ts'

export interface EarlyStoppingOptions {
  /** The figure that is watched. */
  readonly monitor?: string
  /** What counts as better: a change by more than this. */
  readonly minDelta?: number
  /** How many epochs without anything better are borne. */
  readonly patience?: number
  /** auto: a name that holds "acc" is better when greater, any other when smaller. */
  readonly mode?: 'auto' | 'min' | 'max'
  /** Whether the weights of the best epoch come back at the end. */
  readonly restoreBestWeights?: boolean
}

/** Ends training when a figure has stopped to improve. */
export class EarlyStopping implements Callback {
  readonly #options: Required<EarlyStoppingOptions>
  readonly #sign: 1 | -1
  #best = Number.POSITIVE_INFINITY
  #wait = 0
  #bestWeights: HostArray[] | undefined

  constructor({
    monitor = 'val_loss',
    minDelta = 0,
    patience = 0,
    mode = 'auto',
    restoreBestWeights = false,
  }: EarlyStoppingOptions = {}) {
    this.#options = { monitor, minDelta: Math.abs(minDelta), patience, mode, restoreBestWeights }
    this.#sign = mode === 'max' || (mode === 'auto' && monitor.includes('acc')) ? -1 : 1
  }

  onTrainBegin(): void {
    this.#best = Number.POSITIVE_INFINITY
    this.#wait = 0
    this.#bestWeights = undefined
  }

  onEpochEnd(_epoch: number, logs: Logs, model: Model): void {
    const { monitor, minDelta, patience, restoreBestWeights } = this.#options
    const value = logs[monitor]
    if (value === undefined) {
      throw new ConfigError(
        `earlyStopping: expected to monitor one of ${Object.keys(logs).join(', ')}. Received: "${monitor}".`,
      )
    }
    if (this.#sign * value < this.#best - minDelta) {
      this.#best = this.#sign * value
      this.#wait = 0
      if (restoreBestWeights) this.#bestWeights = model.getWeights()
    } else if (++this.#wait > patience) {
      model.stopTraining = true
    }
  }

  onTrainEnd(_logs: Logs, model: Model): void {
    if (this.#bestWeights !== undefined) model.setWeights(this.#bestWeights)
  }
}

/**
 * Ends training when a figure has not improved for `patience` epochs.
 *
 * @example
 * await model.fit(x, y, { epochs: 100, validationSplit: 0.1, callbacks: [callbacks.earlyStopping({ patience: 3 })] })
 */
export const earlyStopping = (options?: EarlyStoppingOptions): EarlyStopping => new EarlyStopping(options)
