import type { Profile } from '../profile/profile.ts'
import type { Callback, Logs } from './callback.ts'

/** The figures of every epoch. `fit` answers one. */
export class History implements Callback {
  /** The numbers of the epochs, from 0. */
  readonly epoch: number[] = []
  /** For each figure, one number an epoch: loss, accuracy, val_loss, … */
  readonly history: Record<string, number[]> = {}
  /** Where the time went, if `fit` was asked for it. */
  profile?: Profile

  onEpochEnd(epoch: number, logs: Logs): void {
    this.epoch.push(epoch)
    for (const [key, value] of Object.entries(logs)) {
      this.history[key] ??= []
      this.history[key].push(value)
    }
  }
}
