import { Timer } from '@fn/core'
import type { InferenceSession, Tensor } from 'onnxruntime-common'
import { type Recorder, type Recording, readKernelTimes } from './kernel-times.ts'
import { queue } from './queue.ts'
import type { RuntimeSession } from './runtime.ts'

/** What is used of a session of ONNX Runtime. */
export interface Opened extends Pick<InferenceSession, 'inputNames' | 'outputNames' | 'release'> {
  /**
   * @param inputs in the order of `inputNames`
   * @param outputs in the order of `outputNames`, the tensors to write into, if any
   */
  run(inputs: readonly Tensor[], outputs: readonly (Tensor | null)[]): Promise<readonly Tensor[]>
}

export interface ProfiledOptions {
  open(options: Recording['options']): Promise<Opened>
  readonly record: Recorder
  /** Those that nodes are named after. */
  readonly paths: ReadonlySet<string>
  /** What runs it, and takes the times of what runs beside it. */
  around(opened: Opened, timer: Timer): RuntimeSession<Tensor>
}

/** Of how many events, each some kilobytes of memory, a session tells; it would keep a million, and forget the others. */
const MOST_EVENTS = 100_000

/** A session that takes times. It tells them when it ends: now and then it does, and another goes on. */
export async function profiled({
  open,
  record,
  paths,
  around,
}: ProfiledOptions): Promise<RuntimeSession<Tensor>> {
  const timer = new Timer()
  const begin = async () => {
    const recording = await record()
    try {
      return { recording, session: await open(recording.options) }
    } catch (error) {
      await recording.discard()
      throw error
    }
  }
  const first = await begin()
  let current: typeof first | undefined = first
  let runs = 0
  // The first run tells how many events there are in each.
  let mostRuns = 1
  const end = async (): Promise<void> => {
    if (current === undefined) return
    const { session, recording } = current
    current = undefined
    await session.release()
    try {
      const events = await readKernelTimes(recording.lines(), paths, timer)
      if (runs > 0) mostRuns = Math.max(1, Math.floor((MOST_EVENTS * runs) / events))
    } finally {
      await recording.discard()
    }
    runs = 0
  }

  const session = around(
    {
      inputNames: first.session.inputNames,
      outputNames: first.session.outputNames,
      run: (inputs, outputs) => current!.session.run(inputs, outputs),
      // It ends by itself.
      release: async () => {},
    },
    timer,
  )
  const inTurn = queue()
  return {
    run: (inputs, outputs) =>
      inTurn(async () => {
        if (runs === mostRuns) await end()
        current ??= await begin()
        runs++
        const start = performance.now()
        const results = await session.run(inputs, outputs)
        timer.addRun(performance.now() - start)
        return results
      }),
    profile: () =>
      inTurn(async () => {
        await end()
        return timer.timings
      }),
    close: () =>
      void inTurn(async () => {
        session.close()
        await end()
      }),
  }
}
