import type { Timer } from '@fn/core'
import type { InferenceSession, Tensor } from 'onnxruntime-common'
import type { Place, Tail } from '../tail.ts'
import { openInPlace } from './in-place.ts'
import type { Recorder } from './kernel-times.ts'
import { type Opened, profiled } from './profiled.ts'
import { queue } from './queue.ts'
import type { Elements, Runtime, RuntimeSession } from './runtime.ts'
import { TailMemory } from './tail-memory.ts'

/** What Node's and the browser's package of ONNX Runtime have in common. */
export type Ort = Pick<typeof import('onnxruntime-common'), 'InferenceSession' | 'Tensor'>

export interface LocalOptions {
  readonly session: InferenceSession.SessionOptions
  readonly rewrites: boolean
  readonly channelBlock?: number | undefined
  /** The error that ends a run which leaves its outputs where they are. */
  readonly endOfRuns?: string | undefined
  /** Brings the elements of a tensor that is not in the memory of the host. */
  download?(tensor: Tensor): Promise<Elements>
  /** Lets sessions take times, where they can. */
  readonly record?: Recorder | undefined
}

/** Tensors that nobody uses any more. */
const freed = new WeakSet<Tensor>()

/** ONNX Runtime in this thread. */
export const localRuntime = (
  ort: Ort,
  { session, rewrites, channelBlock, endOfRuns, download, record }: LocalOptions,
): Runtime<Tensor> => ({
  borrows: true,
  rewrites,
  // What is not in the memory of the host a tail can not go over.
  fuses: rewrites,
  channelBlock,
  tensor: (dtype, elements, shape) => new ort.Tensor(dtype, elements, shape),
  async read(tensor) {
    if (tensor.location === 'cpu') return (tensor.data as Elements).slice()
    return download!(tensor)
  },
  free(tensor) {
    // The memory of the host is freed by the collector of garbage.
    if (tensor.location !== 'cpu') tensor.dispose()
    freed.add(tensor)
  },
  async open({ file, tail, profile }) {
    const around = (opened: Opened, timer?: Timer): RuntimeSession<Tensor> => {
      if (tail !== undefined) return sessionWith(ort, opened, tail, timer)
      return {
        run: (inputs, outputs) => opened.run(inputs, outputs),
        close: () => void opened.release(),
      }
    }
    const open = (more?: InferenceSession.SessionOptions): Promise<Opened> =>
      openInPlace((file) => ort.InferenceSession.create(file, { ...session, ...more }), file, endOfRuns)
    if (profile === undefined) return around(await open())
    return profiled({ open, record: record!, paths: new Set(profile), around })
  },
  async close() {},
})

/** A session and the tail that runs after it. Weights that are taken over stay in the memory of the tail. */
function sessionWith(ort: Ort, opened: Opened, tail: Tail, timer?: Timer): RuntimeSession<Tensor> {
  const module = new WebAssembly.Module(tail.code as BufferSource)
  const tensorAt = (place: Place, elements: Elements): Tensor =>
    new ort.Tensor(place.dtype, elements, place.shape)
  const openMemory = () => {
    const memory = new TailMemory(tail, module)
    const cut = tail.cut.map((place) => [place.name, tensorAt(place, memory.at(place))] as const)
    // The tensor that lies at an address.
    return { memory, cut: Object.fromEntries(cut), tenants: new Map<number, Tensor>() }
  }
  let { memory, cut, tenants } = openMemory()

  async function run(inputs: Tensors, outputs: Readonly<Record<string, Tensor | null>>): Promise<Tensors> {
    const given = new Set(Object.values(inputs))
    const isInTheWay = (tenant: Tensor): boolean => !given.has(tenant) && !freed.has(tenant)
    // Somebody still uses what this run would write over: it keeps the memory, and the run gets another.
    if ([...tenants.values()].some(isInTheWay)) ({ memory, cut, tenants } = openMemory())
    memory.bring(tail.inputs.map(({ name }) => inputs[name]!.data as Elements))
    const feeds = Object.fromEntries(opened.inputNames.map((name) => [name, inputs[name]!]))
    const fetches = Object.fromEntries(
      opened.outputNames.map((name) => [name, cut[name] ?? outputs[name] ?? null]),
    )
    const results: Record<string, Tensor> = { ...(await opened.run(feeds, fetches)) }
    memory.run(timer)
    for (const place of tail.kept) {
      results[place.name] = tensorAt(place, memory.at(place))
      tenants.set(place.address, results[place.name]!)
    }
    for (const place of tail.fresh) results[place.name] = tensorAt(place, memory.at(place).slice())
    return results
  }

  // All write into one memory.
  const after = queue()
  return {
    run: (inputs, outputs) => after(() => run(inputs, outputs)),
    close: () => void opened.release(),
  }
}

type Tensors = Readonly<Record<string, Tensor>>
