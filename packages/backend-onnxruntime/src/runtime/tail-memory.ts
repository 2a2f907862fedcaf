import type { DType, Timer } from '@fn/core'
import type { Place, Tail } from '../tail.ts'
import type { Elements } from './runtime.ts'

/** A page of WebAssembly, in bytes. */
const PAGE = 65536

/** What stands in a tail, compiled. */
export interface Modules {
  readonly module: WebAssembly.Module
  readonly sweep: WebAssembly.Module
}

type Compute = (...addresses: readonly number[]) => void

/** The memory of a tail, in which the weights stay from run to run. */
export class TailMemory {
  readonly #tail: Tail
  readonly #buffer: ArrayBuffer
  readonly #functions: readonly Compute[]
  readonly #sweep: Compute

  constructor(tail: Tail, { module, sweep }: Modules) {
    this.#tail = tail
    const memory = new WebAssembly.Memory({ initial: Math.ceil(tail.size / PAGE) + 1 })
    this.#buffer = memory.buffer
    const imports = { '': { m: memory } }
    const { exports } = new WebAssembly.Instance(module, imports)
    this.#functions = tail.calls.map((_, at) => exports[at] as Compute)
    this.#sweep = new WebAssembly.Instance(sweep, imports).exports['0'] as Compute
  }

  /** The elements at a place: a view, which stays good. */
  at({ dtype, shape, address }: Place): Elements {
    const size = shape.reduce((product, dim) => product * dim, 1)
    return new views[dtype](this.#buffer, address, size)
  }

  /** @param count of the run, which says what is swept */
  run(count: number, timer?: Timer): void {
    this.#tail.calls.forEach((addresses, at) => {
      if (timer === undefined) this.#functions[at]!(...addresses)
      else timer.measure(this.#tail.labels[at]!, () => this.#functions[at]!(...addresses))
    })
    const { parts, size } = this.#tail.sweep
    if (size > 0) this.#sweep((count % parts) * size)
  }
}

const views: Readonly<Record<DType, new (buffer: ArrayBuffer, from: number, size: number) => Elements>> = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
}
