import { earlyStopping } from './early-stopping.ts'

export type { Callback, Logs } from './callback.ts'
export { History } from './history.ts'

/** Makes callbacks: `callbacks.earlyStopping({ patience: 3 })`. */
export const callbacks = { earlyStopping }
