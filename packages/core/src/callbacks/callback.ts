import type { Model } from '../functional/model.ts'

/** Figures by name, as the history has them. */
export type Logs = Readonly<Record<string, number>>

/** What may happen while a model trains. Every method may be left out, and may be async. */
export interface Callback {
  onTrainBegin?(model: Model): void | Promise<void>
  /** @param epoch counted from 0 */
  onEpochBegin?(epoch: number, model: Model): void | Promise<void>
  /** The figures of the epoch so far. Fetching them costs a little at every step. @param batch counted from 0 */
  onBatchEnd?(batch: number, logs: Logs, model: Model): void | Promise<void>
  /** The weights of the model are up to date. @param epoch counted from 0 */
  onEpochEnd?(epoch: number, logs: Logs, model: Model): void | Promise<void>
  onTrainEnd?(logs: Logs, model: Model): void | Promise<void>
}
