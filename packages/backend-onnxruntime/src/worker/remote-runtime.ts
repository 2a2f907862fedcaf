import { FnError, type Timings } from '@fn/core'
import type { Provider } from '../options.ts'
import type { Elements, Runtime } from '../runtime/runtime.ts'
import type { Answer, Port, Reply, Request, Started, StartOptions } from './messages.ts'

/** A thread that serves a runtime. */
export interface Thread extends Port<Request, Reply> {
  /** Whether it keeps the process alive. */
  hold(isAtWork: boolean): void
  /** Tells why it ended, if nobody asked it to. */
  onEnd(listener: (reason: string) => void): void
  end(): Promise<void>
}

/**
 * ONNX Runtime in another thread: tensors and sessions are there, and go by numbers here.
 *
 * @throws FnError where it does not run
 */
export async function remoteRuntime(
  thread: Thread,
  provider: Provider,
  options: StartOptions,
): Promise<Runtime<number>> {
  const waiting = new Map<number, Waiting>()
  let count = 0
  let ended: string | undefined

  const settle = (reply: number): Waiting => {
    const promise = waiting.get(reply)!
    waiting.delete(reply)
    if (waiting.size === 0) thread.hold(false)
    return promise
  }
  thread.receive((reply) => {
    const { resolve, reject } = settle(reply.reply)
    if ('error' in reply) reject(new FnError(reply.error))
    else resolve(reply.answer)
  })
  thread.onEnd((reason) => {
    ended ??= reason
    for (const reply of [...waiting.keys()]) settle(reply).reject(new FnError(reason))
  })

  const ask = (request: (reply: number) => Request): Promise<Answer | undefined> => {
    if (ended !== undefined) return Promise.reject(new FnError(ended))
    const reply = count++
    if (waiting.size === 0) thread.hold(true)
    const promise = new Promise<Answer | undefined>((resolve, reject) => {
      waiting.set(reply, { resolve, reject })
    })
    thread.send(request(reply))
    return promise
  }

  let started: Started
  try {
    started = (await ask((reply) => ({ ask: 'start', reply, provider, options }))) as Started
  } catch (error) {
    await thread.end()
    throw error
  }

  return {
    ...started,
    borrows: false,
    tensor(dtype, elements, shape) {
      const tensor = count++
      thread.send({ ask: 'tensor', tensor, dtype, elements, shape }, [elements.buffer])
      return tensor
    },
    read: async (tensor) => (await ask((reply) => ({ ask: 'read', reply, tensor }))) as Elements,
    free: (tensor) => thread.send({ ask: 'free', tensor }),
    async open(graph) {
      const session = count++
      await ask((reply) => ({ ask: 'open', reply, session, graph }))
      return {
        async run(inputs, outputs) {
          const made = outputs.map((tensor) => tensor ?? count++)
          await ask((reply) => ({ ask: 'run', reply, session, inputs, outputs, made }))
          return made
        },
        profile: async () => (await ask((reply) => ({ ask: 'profile', reply, session }))) as Timings,
        close: () => thread.send({ ask: 'close', session }),
      }
    },
    async close() {
      ended = 'The backend is used after it was disposed of.'
      await thread.end()
    },
  }
}

interface Waiting {
  resolve(answer: Answer | undefined): void
  reject(error: FnError): void
}
