import type { Label, Timer } from '@fn/core'
import type { InferenceSession } from 'onnxruntime-common'
import { NOTHING } from './in-place.ts'

/** Where one session of ONNX Runtime writes its times. */
export interface Recording {
  /** What it has to be opened with. */
  readonly options: Pick<InferenceSession.SessionOptions, 'enableProfiling' | 'profileFilePrefix'>
  /** What it has written, once it has ended. */
  lines(): AsyncIterable<string>
  discard(): Promise<void>
}

export type Recorder = () => Promise<Recording>

/** What is read of an event. Times are in microseconds. */
interface Event {
  readonly cat: string
  readonly name: string
  readonly ts: number
  readonly dur: number
  readonly tid: number
  readonly args: { readonly op_name?: string }
}

/**
 * Adds the times of kernels to a timer.
 *
 * @param lines a file of ONNX Runtime: events in the order in which they ended
 * @param paths those that nodes may be named after
 * @returns how many events there were
 */
export async function readKernelTimes(
  lines: AsyncIterable<string>,
  paths: ReadonlySet<string>,
  timer: Timer,
): Promise<number> {
  const labels = new Map<string, Label>()
  const labelFor = (name: string, op: string): Label => {
    const known = labels.get(name)
    if (known !== undefined) return known
    const label = { path: pathOf(name, paths), op }
    labels.set(name, label)
    return label
  }
  // Of each thread, what has ended and may have been inside of what ends next, as the nodes of a loop are.
  const ended = new Map<number, Event[]>()
  let count = 0
  for await (const line of lines) {
    if (!line.startsWith('{')) continue
    const event = JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line) as Event
    count++
    if (event.name === 'model_run') ended.delete(event.tid)
    if (event.cat !== 'Node' || event.args.op_name === undefined || event.name.startsWith(NOTHING)) continue
    const before = ended.get(event.tid) ?? []
    let inside = 0
    while (before.length > 0 && before.at(-1)!.ts >= event.ts) inside += before.pop()!.dur
    before.push(event)
    ended.set(event.tid, before)
    const own = Math.max(0, event.dur - inside)
    timer.add(labelFor(event.name, event.args.op_name), 1, own / 1000)
  }
  return count
}

/** "fused dense_1/MatMul/MatMulAddFusion_kernel_time" → dense_1; '' where it is named after none. */
function pathOf(name: string, paths: ReadonlySet<string>): string {
  const parts = name.replace(/^fused /, '').split('/')
  for (let length = parts.length - 1; length > 0; length--) {
    const path = parts.slice(0, length).join('/')
    if (paths.has(path)) return path
  }
  return ''
}
