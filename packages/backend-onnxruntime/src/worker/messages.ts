import type { DType, Timings } from '@fn/core'
import type { OnnxruntimeOptions, Provider } from '../options.ts'
import type { Elements, Graph, Runtime } from '../runtime/runtime.ts'

export type StartOptions = Omit<OnnxruntimeOptions, 'worker'>

/** What the thread that asks sends to the one that runs. Tensors and sessions are numbers, which it gives out. */
export type Request =
  | {
      readonly ask: 'start'
      readonly reply: number
      readonly provider: Provider
      readonly options: StartOptions
    }
  | {
      readonly ask: 'tensor'
      readonly tensor: number
      readonly dtype: DType
      readonly elements: Elements
      readonly shape: readonly number[]
    }
  | { readonly ask: 'free'; readonly tensor: number }
  | { readonly ask: 'read'; readonly reply: number; readonly tensor: number }
  | { readonly ask: 'open'; readonly reply: number; readonly session: number; readonly graph: Graph }
  | {
      readonly ask: 'run'
      readonly reply: number
      readonly session: number
      readonly inputs: readonly number[]
      /** The tensors to write into, if any. */
      readonly outputs: readonly (number | null)[]
      /** What the outputs will be known by. */
      readonly made: readonly number[]
    }
  | { readonly ask: 'profile'; readonly reply: number; readonly session: number }
  | { readonly ask: 'close'; readonly session: number }

export type Reply =
  | { readonly reply: number; readonly answer?: Answer }
  | { readonly reply: number; readonly error: string }

/** Elements that were read, times, or what there is to know of a runtime that was started. */
export type Answer = Elements | Timings | Started

export type Started = Pick<Runtime, 'rewrites' | 'fuses' | 'channelBlock'>

/** One end of the line between two threads. */
export interface Port<Sent, Received> {
  send(message: Sent, transfer?: readonly ArrayBufferLike[]): void
  receive(listener: (message: Received) => void): void
}
