import { queue } from './queue.ts'
import type { Runtime } from './runtime.ts'

/** Does everything in the order in which it is asked for, one thing after the other. */
export function inTurn<T>(runtime: Runtime<T>): Runtime<T> {
  const after = queue()
  return {
    ...runtime,
    read: (tensor) => after(() => runtime.read(tensor)),
    free: (tensor) => void after(() => runtime.free(tensor)),
    open: (graph) =>
      after(async () => {
        const session = await runtime.open(graph)
        return {
          run: (inputs, outputs) => after(() => session.run(inputs, outputs)),
          profile: () => after(() => session.profile!()),
          close: () => void after(() => session.close()),
        }
      }),
    close: () => after(() => runtime.close()),
  }
}
