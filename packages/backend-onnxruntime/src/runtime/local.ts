import type { Timer } from '@fn/core'
import type { InferenceSession, Tensor } from 'onnxruntime-common'
import type { Place, Tail } from '../tail.ts'
import { openInPlace } from './in-place.ts'
import type { Recorder } from './kernel-times.ts'
import { type Opened, profiled } from './profiled.ts'
import { queue } from './queue.ts'
import type { Elements, Graph, Runtime, RuntimeSession } from './runtime.ts'
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

/** The tensors in the memories of tails, and whether anybody uses them. */
const tenants = new WeakMap<Tensor, boolean>()

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
  ...(rewrites && {
    readSync: (tensor: Tensor) => (tensor.location === 'cpu' ? (tensor.data as Elements).slice() : undefined),
  }),
  free(tensor) {
    // The memory of the host is freed by the collector of garbage.
    if (tensor.location !== 'cpu') tensor.dispose()
    else if (tenants.has(tensor)) tenants.set(tensor, false)
  },
  async open(graph) {
    const { file, tail, profile } = graph
    const around = (opened: Opened, timer?: Timer): RuntimeSession<Tensor> =>
      tail === undefined ? alone(opened, graph) : withTail(ort, opened, graph, tail, timer)
    const open = (more?: InferenceSession.SessionOptions): Promise<Opened> =>
      openInPlace((file) => ort.InferenceSession.create(file, { ...session, ...more }), file, endOfRuns)
    if (profile === undefined) return around(await open())
    return profiled({ open, record: record!, paths: new Set(profile), around })
  },
  async close() {},
})

/** A session that is all of a graph. */
function alone(opened: Opened, { inputs: given, outputs: wanted }: Graph): RuntimeSession<Tensor> {
  const sources = opened.inputNames.map((name) => given.indexOf(name))
  const targets = opened.outputNames.map((name) => wanted.indexOf(name))
  const makers = wanted.map((name) => opened.outputNames.indexOf(name))
  return {
    async run(inputs, outputs) {
      const feeds = sources.map((at) => inputs[at]!)
      const made = await opened.run(
        feeds,
        targets.map((at) => outputs[at]!),
      )
      return makers.map((at) => made[at]!)
    },
    close: () => void opened.release(),
  }
}

/** A session and the tail that runs after it. Weights that are taken over stay in the memory of the tail. */
function withTail(
  ort: Ort,
  opened: Opened,
  { inputs: given, outputs: wanted }: Graph,
  tail: Tail,
  timer?: Timer,
): RuntimeSession<Tensor> {
  const [module, sweep] = [tail.code, tail.sweep.code].map(
    (code) => new WebAssembly.Module(code as BufferSource),
  )
  const clock = opened.outputNames.indexOf(tail.sweep.clock ?? '')
  const sources = opened.inputNames.map((name) => given.indexOf(name))
  const makers = wanted.map((name) => opened.outputNames.indexOf(name))
  const read = tail.inputs.map(({ name }) => given.indexOf(name))
  const kept = tail.kept.map(({ name }) => wanted.indexOf(name))
  const fresh = tail.fresh.map(({ name }) => wanted.indexOf(name))
  /** For each input of the tail the output that lies where it did, if it is taken over. */
  const heirs = tail.inputs.map(({ address }) => tail.kept.findIndex((place) => place.address === address))
  /** Where a run is given what lies in the place of an output. */
  const homes = kept.map((_, at) => read[heirs.indexOf(at)]!)

  const openMemory = () => {
    const memory = new TailMemory(tail, { module: module!, sweep: sweep! })
    const tensorAt = (place: Place): Tensor => new ort.Tensor(place.dtype, memory.at(place), place.shape)
    const made = tail.kept.map(tensorAt)
    for (const tensor of made) tenants.set(tensor, false)
    const cut = new Map(tail.cut.map((place) => [place.name, tensorAt(place)]))
    const targets = opened.outputNames.map((name) => cut.get(name) ?? wanted.indexOf(name))
    return { memory, made, targets }
  }
  let own = openMemory()
  let runs = 0

  async function run(
    inputs: readonly Tensor[],
    outputs: readonly (Tensor | null)[],
  ): Promise<readonly Tensor[]> {
    const isInTheWay = (tensor: Tensor, at: number): boolean =>
      tenants.get(tensor)! && inputs[homes[at]!] !== tensor
    // Somebody, or this run in another place, uses what would be written over: it keeps the memory, and the run gets another.
    if (own.made.some(isInTheWay)) own = openMemory()
    const { memory, made, targets } = own
    tail.inputs.forEach((place, at) => {
      const tensor = inputs[read[at]!]!
      if (tensor !== made[heirs[at]!]) memory.at(place).set(tensor.data as Elements)
    })
    const feeds = sources.map((at) => inputs[at]!)
    const results = await opened.run(
      feeds,
      targets.map((target) => (typeof target === 'number' ? outputs[target]! : target)),
    )
    const count = clock < 0 ? runs++ : (results[clock]!.data[0] as number)
    memory.run(count, timer)
    const all = makers.map((at) => results[at]!)
    kept.forEach((to, at) => {
      all[to] = made[at]!
      tenants.set(made[at]!, true)
    })
    fresh.forEach((to, at) => {
      const place = tail.fresh[at]!
      all[to] = new ort.Tensor(place.dtype, memory.at(place).slice(), place.shape)
    })
    return all
  }

  // All write into one memory.
  const after = queue()
  return {
    run: (inputs, outputs) => after(() => run(inputs, outputs)),
    close: () => void opened.release(),
  }
}
